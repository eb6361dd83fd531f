import {
  ALL,
  NONE,
  named,
  type OriginRequestPolicy,
  readNames,
  type Takes,
} from './origin-request-policy.ts';
import type { ShapeReader } from './shape.ts';
import { type ResolvedTemplate, referred } from './template.ts';

export interface CachePolicy {
  minTtlSeconds: number;
  defaultTtlSeconds: number;
  maxTtlSeconds: number;
  /** Whether a query string is in the cache key. A string in the key also reaches the origin. */
  takesQueryString: Takes;
  /** The same for a cookie. Undefined if no cookie is. */
  takesCookie: Takes | undefined;
  /** Lower-case names of the headers that are in the key and reach the origin. */
  headers: readonly string[];
  /** The encodings that Accept-Encoding is reduced to, in the key and towards the origin. */
  acceptEncodings: readonly ('br' | 'gzip')[];
}

export const NOT_CACHED: CachePolicy = {
  minTtlSeconds: 0,
  defaultTtlSeconds: 0,
  maxTtlSeconds: 0,
  takesQueryString: NONE,
  takesCookie: undefined,
  headers: [],
  acceptEncodings: [],
};

/** CloudFront's defaults (DG: expiration). */
const DEFAULT_TTL_SECONDS = 86_400;
const MAX_TTL_SECONDS = 31_536_000;

/** Headers that no policy may name, or whose effect is not modelled. */
const NOT_FOR_KEYS =
  /^(?:accept-encoding|cache-control|connection|content-length|cookie|expect|if-.*|max-forwards|pragma|proxy-.*|range|te|trailer|transfer-encoding|upgrade|via|x-amz-.*|x-edge-.*|x-forwarded-proto|x-real-ip)$/;

export function readCachePolicy(
  shape: ShapeReader,
  template: ResolvedTemplate,
  ref: unknown,
  path: string,
): CachePolicy {
  const resource = referred(shape, template, 'AWS::CloudFront::CachePolicy', ref, path);
  if (!resource) return NOT_CACHED;
  const at = `${resource.logicalId}: CachePolicy`;
  const outer = shape.object(resource.properties, at, ['CachePolicyConfig']);
  const modelled = ['MinTTL', 'DefaultTTL', 'MaxTTL', 'ParametersInCacheKeyAndForwardedToOrigin'];
  const words = { Name: 'a name for people', Comment: 'words for people' };
  const config = shape.object(outer['CachePolicyConfig'], at, modelled, words);
  const parameters = shape.object(
    config['ParametersInCacheKeyAndForwardedToOrigin'],
    `${at}.ParametersInCacheKeyAndForwardedToOrigin`,
    [
      ...['CookiesConfig', 'HeadersConfig', 'QueryStringsConfig'],
      ...['EnableAcceptEncodingBrotli', 'EnableAcceptEncodingGzip'],
    ],
  );
  const takesCookie = readNames(shape, parameters['CookiesConfig'], `${at}.CookiesConfig`, 'Cookie');
  const encoding = (name: string) => shape.flag(parameters[name] ?? false, `${at}.${name}`);
  const min = shape.seconds(config['MinTTL'], `${at}.MinTTL`);
  return {
    minTtlSeconds: min,
    defaultTtlSeconds: shape.seconds(config['DefaultTTL'], `${at}.DefaultTTL`, DEFAULT_TTL_SECONDS),
    maxTtlSeconds: shape.seconds(config['MaxTTL'], `${at}.MaxTTL`, MAX_TTL_SECONDS),
    takesQueryString: readNames(
      shape,
      parameters['QueryStringsConfig'],
      `${at}.QueryStringsConfig`,
      'QueryString',
    ),
    takesCookie: takesCookie === NONE ? undefined : takesCookie,
    headers: headersOf(shape, parameters['HeadersConfig'], `${at}.HeadersConfig`),
    acceptEncodings: [
      ...(encoding('EnableAcceptEncodingBrotli') ? (['br'] as const) : []),
      ...(encoding('EnableAcceptEncodingGzip') ? (['gzip'] as const) : []),
    ],
  };
}

function headersOf(shape: ShapeReader, raw: unknown, at: string): string[] {
  const config = shape.object(raw, at, ['HeaderBehavior', 'Headers']);
  const behaviors = ['none', 'whitelist'] as const;
  const behavior = shape.oneOf(config['HeaderBehavior'], `${at}.HeaderBehavior`, behaviors);
  if (behavior !== 'whitelist') return [];
  return headerNames(shape, config['Headers'], `${at}.Headers`);
}

export function headerNames(shape: ShapeReader, raw: unknown, at: string): string[] {
  const names = shape.texts(raw, at).map((name) => name.toLowerCase());
  for (const name of names) {
    if (NOT_FOR_KEYS.test(name)) shape.fault(`${at}: ${name} is not modelled`);
  }
  return names;
}

/**
 * The headers that the older settings keep from the origin, unless a setting names them (DG: request behavior, table of
 * headers).
 */
const REMOVED = [
  ...['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'cookie', 'expect', 'host'],
  ...['proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'referer', 'te', 'trailer'],
  ...['upgrade', 'user-agent', 'x-forwarded-proto', 'x-http-method-override', 'x-real-ip'],
];
const SENT_WITH_AUTHORIZATION = ['DELETE', 'PATCH', 'POST', 'PUT'];

/**
 * Reads the settings that came before cache policies. The parts that `ForwardedValues` names are in the cache key and
 * reach the origin. The behavior itself has the lifetimes. Of the encodings, these settings know gzip only (DG: serving
 * compressed files).
 */
export function readForwardedValues(
  shape: ShapeReader,
  behavior: Record<string, unknown>,
  isCompressed: boolean,
  at: string,
): { cachePolicy: CachePolicy; originRequestPolicy: OriginRequestPolicy } {
  const valuesAt = `${at}.ForwardedValues`;
  const modelled = ['QueryString', 'Cookies', 'Headers', 'QueryStringCacheKeys'];
  const values = shape.object(behavior['ForwardedValues'], valuesAt, modelled);
  const takesAllQueries = shape.flag(values['QueryString'], `${valuesAt}.QueryString`);
  const queryKeys = shape.texts(values['QueryStringCacheKeys'] ?? [], `${valuesAt}.QueryStringCacheKeys`);
  const headers = shape.texts(values['Headers'] ?? [], `${valuesAt}.Headers`);
  const takesCookie = readCookies(shape, values['Cookies'] ?? { Forward: 'none' }, `${valuesAt}.Cookies`);
  const min = shape.seconds(behavior['MinTTL'], `${at}.MinTTL`, 0);
  const fallback = shape.seconds(behavior['DefaultTTL'], `${at}.DefaultTTL`, Math.max(86_400, min));
  const max = shape.seconds(behavior['MaxTTL'], `${at}.MaxTTL`, Math.max(31_536_000, fallback));
  const isEveryHeader = headers.includes('*');
  const takesQueryString = takesAllQueries ? (queryKeys.length > 0 ? named(queryKeys) : ALL) : NONE;
  const keyHeaders = isEveryHeader ? [] : headerNames(shape, headers, `${valuesAt}.Headers`);
  const ttls = { minTtlSeconds: min, defaultTtlSeconds: fallback, maxTtlSeconds: max };
  return {
    cachePolicy: {
      // If all headers are forwarded, nothing is cached (DG: cache based on selected request headers).
      ...(isEveryHeader ? NOT_CACHED : ttls),
      takesQueryString,
      takesCookie: takesCookie === NONE ? undefined : takesCookie,
      headers: keyHeaders,
      acceptEncodings: isCompressed && !isEveryHeader ? ['gzip'] : [],
    },
    originRequestPolicy: {
      takesHeader: isEveryHeader
        ? ALL
        : (name, method) =>
            name === 'authorization' ? SENT_WITH_AUTHORIZATION.includes(method) : !REMOVED.includes(name),
      generated: [],
      takesQueryString: takesAllQueries ? ALL : NONE,
      takesCookie: NONE,
      isWithoutS3Overrides: false,
    },
  };
}

function readCookies(shape: ShapeReader, raw: unknown, at: string): Takes {
  const cookies = shape.object(raw, at, ['Forward', 'WhitelistedNames']);
  const forward = shape.oneOf(cookies['Forward'], `${at}.Forward`, ['none', 'whitelist', 'all'] as const);
  if (forward === 'all') return ALL;
  if (forward !== 'whitelist') return NONE;
  return named(shape.texts(cookies['WhitelistedNames'], `${at}.WhitelistedNames`));
}
