import { referred, type ShapeReader } from './shape.ts';
import type { ResolvedTemplate } from './template.ts';

export interface CachePolicy {
  minTtlSeconds: number;
  defaultTtlSeconds: number;
  maxTtlSeconds: number;
  /** Query string names that are in the cache key, and so reach the origin. */
  queryStrings: string[];
}

export function readCachePolicy(shape: ShapeReader, template: ResolvedTemplate, ref: unknown): CachePolicy {
  const at = 'CachePolicy';
  const path = 'Distribution.DefaultCacheBehavior.CachePolicyId';
  const resource = referred(shape, template, 'AWS::CloudFront::CachePolicy', ref, path);
  if (!resource) return { minTtlSeconds: 0, defaultTtlSeconds: 0, maxTtlSeconds: 0, queryStrings: [] };
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
  for (const name of ['EnableAcceptEncodingBrotli', 'EnableAcceptEncodingGzip']) {
    shape.oneOf(parameters[name] ?? false, `${at}.${name}`, [false]);
  }
  const cookies = shape.object(parameters['CookiesConfig'], `${at}.CookiesConfig`, ['CookieBehavior']);
  shape.oneOf(cookies['CookieBehavior'], `${at}.CookiesConfig.CookieBehavior`, ['none']);
  const headers = shape.object(parameters['HeadersConfig'], `${at}.HeadersConfig`, ['HeaderBehavior']);
  shape.oneOf(headers['HeaderBehavior'], `${at}.HeadersConfig.HeaderBehavior`, ['none']);
  const queryAt = `${at}.QueryStringsConfig`;
  const names = ['QueryStringBehavior', 'QueryStrings'];
  const query = shape.object(parameters['QueryStringsConfig'], queryAt, names);
  const behaviors = ['none', 'whitelist'] as const;
  const behavior = shape.oneOf(query['QueryStringBehavior'], `${queryAt}.QueryStringBehavior`, behaviors);
  return {
    minTtlSeconds: shape.seconds(config['MinTTL'], `${at}.MinTTL`),
    defaultTtlSeconds: shape.seconds(config['DefaultTTL'], `${at}.DefaultTTL`),
    maxTtlSeconds: shape.seconds(config['MaxTTL'], `${at}.MaxTTL`),
    queryStrings:
      behavior === 'whitelist' ? shape.texts(query['QueryStrings'], `${queryAt}.QueryStrings`) : [],
  };
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

/**
 * How long the edge keeps an answer below 400, in seconds (DG: Expiration). `no-store`, `no-cache` and `private`
 * count as 0, which the minimum raises.
 */
export function freshSeconds(policy: CachePolicy, cacheControl: string): number {
  const directives = cacheControl.toLowerCase();
  const age = /s-maxage\s*=\s*"?(\d+)/.exec(directives) ?? /max-age\s*=\s*"?(\d+)/.exec(directives);
  let wanted = age ? Number(age[1]) : policy.defaultTtlSeconds;
  if (/\b(?:no-store|no-cache|private)\b/.test(directives)) wanted = 0;
  return Math.min(
    Math.max(wanted, policy.minTtlSeconds),
    Math.max(policy.maxTtlSeconds, policy.minTtlSeconds),
  );
}
