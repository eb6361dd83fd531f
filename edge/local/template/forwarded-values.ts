import { type CachePolicy, headerNames, NOT_CACHED } from './cache-policy.ts';
import { ALL, NONE, named, type OriginRequestPolicy, type Takes } from './origin-request-policy.ts';
import type { ShapeReader } from './shape.ts';

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
