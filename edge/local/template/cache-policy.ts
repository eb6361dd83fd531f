import { allOf, type EventValues } from '../viewer/event-values.ts';
import { referred, type ShapeReader } from './shape.ts';
import type { ResolvedTemplate } from './template.ts';

export interface CachePolicy {
  minTtlSeconds: number;
  defaultTtlSeconds: number;
  maxTtlSeconds: number;
  /** Whether a query string is in the cache key, and so reaches the origin. */
  takesQueryString: (name: string) => boolean;
  /** Lower-case names of headers that are in the key and reach the origin. */
  headers: readonly string[];
  /** Encodings that Accept-Encoding is reduced to, in the key and towards the origin. */
  acceptEncodings: readonly ('br' | 'gzip')[];
}

const NOT_CACHED: CachePolicy = {
  minTtlSeconds: 0,
  defaultTtlSeconds: 0,
  maxTtlSeconds: 0,
  takesQueryString: () => false,
  headers: [],
  acceptEncodings: [],
};
const UNCOMPRESSED: CachePolicy = {
  ...NOT_CACHED,
  minTtlSeconds: 1,
  defaultTtlSeconds: 86_400,
  maxTtlSeconds: 31_536_000,
};

/** Cache policies that AWS manages, by id (DG: managed cache policies). */
const MANAGED = new Map<unknown, CachePolicy>([
  // CachingOptimized
  ['658327ea-f89d-4fab-a63d-7e88639e58f6', { ...UNCOMPRESSED, acceptEncodings: ['br', 'gzip'] }],
  // CachingOptimizedForUncompressedObjects
  ['b2884449-e4de-46a7-ac36-70bc7f1ddd6d', UNCOMPRESSED],
  // CachingDisabled
  ['4135ea2d-6df8-44a3-9df3-4b5a84be39ad', NOT_CACHED],
]);

/** Headers that no policy may name, or whose effect is not modelled. */
const NOT_FOR_KEYS =
  /^(?:accept-encoding|authorization|connection|content-length|cookie|expect|host|if-.*|range|te|trailer|transfer-encoding|upgrade|via|cloudfront-.*|x-amz-.*|x-edge-.*|x-forwarded-.*|x-real-ip)$/;

export function readCachePolicy(
  shape: ShapeReader,
  template: ResolvedTemplate,
  ref: unknown,
  path: string,
): CachePolicy {
  const managed = MANAGED.get(ref);
  if (managed) return managed;
  const at = 'CachePolicy';
  const resource = referred(shape, template, 'AWS::CloudFront::CachePolicy', ref, path);
  if (!resource) return NOT_CACHED;
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
  const cookies = shape.object(parameters['CookiesConfig'], `${at}.CookiesConfig`, ['CookieBehavior']);
  shape.oneOf(cookies['CookieBehavior'], `${at}.CookiesConfig.CookieBehavior`, ['none']);
  const encoding = (name: string) => shape.flag(parameters[name] ?? false, `${at}.${name}`);
  return {
    minTtlSeconds: shape.seconds(config['MinTTL'], `${at}.MinTTL`),
    defaultTtlSeconds: shape.seconds(config['DefaultTTL'] ?? 86_400, `${at}.DefaultTTL`),
    maxTtlSeconds: shape.seconds(config['MaxTTL'] ?? 31_536_000, `${at}.MaxTTL`),
    takesQueryString: queryStringsOf(shape, parameters['QueryStringsConfig'], `${at}.QueryStringsConfig`),
    headers: headersOf(shape, parameters['HeadersConfig'], `${at}.HeadersConfig`),
    acceptEncodings: [
      ...(encoding('EnableAcceptEncodingBrotli') ? (['br'] as const) : []),
      ...(encoding('EnableAcceptEncodingGzip') ? (['gzip'] as const) : []),
    ],
  };
}

function queryStringsOf(shape: ShapeReader, raw: unknown, at: string): CachePolicy['takesQueryString'] {
  const query = shape.object(raw, at, ['QueryStringBehavior', 'QueryStrings']);
  const behaviors = ['none', 'whitelist', 'allExcept', 'all'] as const;
  const behavior = shape.oneOf(query['QueryStringBehavior'], `${at}.QueryStringBehavior`, behaviors);
  if (behavior === 'all') return () => true;
  if (behavior !== 'whitelist' && behavior !== 'allExcept') return () => false;
  const names = new Set(shape.texts(query['QueryStrings'], `${at}.QueryStrings`));
  return behavior === 'whitelist' ? (name) => names.has(name) : (name) => !names.has(name);
}

function headersOf(shape: ShapeReader, raw: unknown, at: string): string[] {
  const config = shape.object(raw, at, ['HeaderBehavior', 'Headers']);
  const behaviors = ['none', 'whitelist'] as const;
  const behavior = shape.oneOf(config['HeaderBehavior'], `${at}.HeaderBehavior`, behaviors);
  if (behavior !== 'whitelist') return [];
  const names = shape.texts(config['Headers'], `${at}.Headers`).map((name) => name.toLowerCase());
  for (const name of names) {
    if (NOT_FOR_KEYS.test(name)) shape.fault(`${at}.Headers: ${name} is not modelled`);
  }
  return names;
}

/** The query in the order and spelling that the function left it in, as far as the policy takes it. */
export function keptQuery(policy: CachePolicy, values: EventValues): string {
  const kept: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (!policy.takesQueryString(name)) continue;
    for (const one of allOf(value)) kept.push(`${name}=${one}`);
  }
  return kept.join('&');
}

/** Ten seconds where the distribution does not say otherwise (DG: HTTP status codes, ErrorCachingMinTTL). */
const DEFAULT_ERROR_TTL_SECONDS = 10;
const CACHED_BY_DEFAULT = [404, 414, 500, 501, 502, 503, 504];

export function readErrorTtls(shape: ShapeReader, rawResponses: unknown): ReadonlyMap<number, number> {
  const ttls = new Map(CACHED_BY_DEFAULT.map((status) => [status, DEFAULT_ERROR_TTL_SECONDS]));
  const at = 'Distribution.CustomErrorResponses';
  for (const [index, raw] of shape.list(rawResponses, at).entries()) {
    const response = shape.object(raw, `${at}[${index}]`, ['ErrorCode', 'ErrorCachingMinTTL']);
    const ttl = response['ErrorCachingMinTTL'] ?? DEFAULT_ERROR_TTL_SECONDS;
    const status = Number(response['ErrorCode']);
    ttls.set(status, shape.seconds(ttl, `${at}[${index}].ErrorCachingMinTTL`));
  }
  return ttls;
}
