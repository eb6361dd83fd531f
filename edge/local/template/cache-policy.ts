import {
  ALL,
  NONE,
  named,
  type OriginRequestPolicy,
  readNames,
  type Takes,
} from './origin-request-policy.ts';
import {
  fault,
  type Part,
  readFlag,
  readOneOf,
  readOptional,
  readPart,
  readReferred,
  readSeconds,
  readTexts,
  settingsOf,
} from './reading.ts';

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

const NOT_CACHED: CachePolicy = {
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

const UNCOMPRESSED: CachePolicy = {
  ...NOT_CACHED,
  minTtlSeconds: 1,
  defaultTtlSeconds: DEFAULT_TTL_SECONDS,
  maxTtlSeconds: MAX_TTL_SECONDS,
};
const AS_THE_ORIGIN_SAYS: CachePolicy = {
  minTtlSeconds: 0,
  defaultTtlSeconds: 0,
  maxTtlSeconds: MAX_TTL_SECONDS,
  headers: ['host', 'origin', 'x-http-method-override', 'x-http-method', 'x-method-override'],
  takesCookie: ALL,
  takesQueryString: NONE,
  acceptEncodings: ['br', 'gzip'],
};

/** Cache policies that AWS manages, by id (DG: managed cache policies). */
export const MANAGED_CACHE_POLICIES = new Map<unknown, CachePolicy>([
  // CachingOptimized
  ['658327ea-f89d-4fab-a63d-7e88639e58f6', { ...UNCOMPRESSED, acceptEncodings: ['br', 'gzip'] }],
  // CachingOptimizedForUncompressedObjects
  ['b2884449-e4de-46a7-ac36-70bc7f1ddd6d', UNCOMPRESSED],
  // CachingDisabled
  ['4135ea2d-6df8-44a3-9df3-4b5a84be39ad', NOT_CACHED],
  // UseOriginCacheControlHeaders, and the same with query strings
  ['83da9c7e-98b4-4e11-a168-04f0df8e2c65', AS_THE_ORIGIN_SAYS],
  ['4cc15a8a-d715-48a4-82b8-cc0b614638fe', { ...AS_THE_ORIGIN_SAYS, takesQueryString: ALL }],
  [
    // Amplify
    '2e54312d-136d-493c-8eb9-b001f22f67d2',
    {
      minTtlSeconds: 2,
      defaultTtlSeconds: 2,
      maxTtlSeconds: 600,
      headers: ['authorization', 'cloudfront-viewer-country', 'host'],
      takesCookie: ALL,
      takesQueryString: ALL,
      acceptEncodings: ['br', 'gzip'],
    },
  ],
  [
    // Elemental-MediaPackage
    '08627262-05a9-4f76-9ded-b50ca2e3a84f',
    {
      ...UNCOMPRESSED,
      minTtlSeconds: 0,
      headers: ['origin'],
      acceptEncodings: ['gzip'],
      takesQueryString: named(['aws.manifestfilter', 'start', 'end', 'm']),
    },
  ],
]);

const PARAMETERS = 'ParametersInCacheKeyAndForwardedToOrigin';
const BROTLI = 'EnableAcceptEncodingBrotli';
const GZIP = 'EnableAcceptEncodingGzip';

/** The cache policy of a behavior: one of AWS, or one of the template. */
export function readCachePolicy(behavior: Part): CachePolicy {
  const managed = MANAGED_CACHE_POLICIES.get(behavior.value['CachePolicyId']);
  if (managed) return managed;
  const type = 'AWS::CloudFront::CachePolicy';
  const resource = readReferred(behavior, 'CachePolicyId', type, 'nothing is cached');
  if (!resource) return NOT_CACHED;
  const config = settingsOf(behavior.reading, resource, ['MinTTL', 'DefaultTTL', 'MaxTTL', PARAMETERS]);
  const parts = ['CookiesConfig', 'HeadersConfig', 'QueryStringsConfig'];
  const parameters = readPart(config, PARAMETERS, [...parts, BROTLI, GZIP]);
  const takesCookie = readNames(parameters, 'Cookie');
  const headers = readPart(parameters, 'HeadersConfig', ['HeaderBehavior', 'Headers']);
  const isListed = readOneOf(headers, 'HeaderBehavior', ['none', 'whitelist']) === 'whitelist';
  const acceptEncodings: ('br' | 'gzip')[] = [];
  if (readFlag(parameters, BROTLI, false)) acceptEncodings.push('br');
  if (readFlag(parameters, GZIP, false)) acceptEncodings.push('gzip');
  return {
    minTtlSeconds: readSeconds(config, 'MinTTL'),
    defaultTtlSeconds: readSeconds(config, 'DefaultTTL', DEFAULT_TTL_SECONDS),
    maxTtlSeconds: readSeconds(config, 'MaxTTL', MAX_TTL_SECONDS),
    takesQueryString: readNames(parameters, 'QueryString'),
    takesCookie: takesCookie === NONE ? undefined : takesCookie,
    headers: isListed ? headerNames(headers, readTexts(headers, 'Headers'), acceptEncodings) : [],
    acceptEncodings,
  };
}

/** @param encodings those that the policy takes. It may name `Accept-Encoding` itself only if it takes none. */
function headerNames(part: Part, names: readonly string[], encodings?: readonly string[]): string[] {
  const lower = names.map((name) => name.toLowerCase());
  for (const name of lower) {
    if (name === 'accept-encoding' && encodings?.length === 0) continue;
    if (NOT_FOR_KEYS.test(name)) fault(part, 'Headers', `${name} is not modelled`);
  }
  return lower;
}

/**
 * The headers that the older settings keep from the origin, unless a setting names them (DG: request behavior, table of
 * headers).
 */
const REMOVED =
  /^(?:accept|accept-charset|accept-encoding|accept-language|cookie|expect|host|proxy-authenticate|proxy-authorization|proxy-connection|referer|te|trailer|upgrade|user-agent|x-forwarded-proto|x-http-method-override|x-real-ip)$/;
const SENT_WITH_AUTHORIZATION = ['DELETE', 'PATCH', 'POST', 'PUT'];

/**
 * Reads the settings that came before cache policies. The parts that `ForwardedValues` names are in the cache key and
 * reach the origin. The behavior itself has the lifetimes. Of the encodings, these settings know gzip only (DG: serving
 * compressed files).
 */
export function readForwardedValues(
  behavior: Part,
  isCompressed: boolean,
): { cachePolicy: CachePolicy; originRequestPolicy: OriginRequestPolicy } {
  const modelled = ['QueryString', 'Cookies', 'Headers', 'QueryStringCacheKeys'];
  const values = readPart(behavior, 'ForwardedValues', modelled);
  const takesAllQueries = readFlag(values, 'QueryString');
  const queryKeys = readTexts(values, 'QueryStringCacheKeys', []);
  const headers = readTexts(values, 'Headers', []);
  const takesCookie = readForwardedCookies(values);
  const min = readSeconds(behavior, 'MinTTL', 0);
  const fallback = readSeconds(behavior, 'DefaultTTL', Math.max(DEFAULT_TTL_SECONDS, min));
  const max = readSeconds(behavior, 'MaxTTL', Math.max(MAX_TTL_SECONDS, fallback));
  const isEveryHeader = headers.includes('*');
  const keyQueries = queryKeys.length > 0 ? named(queryKeys) : ALL;
  return {
    cachePolicy: {
      // If all headers are forwarded, nothing is cached (DG: cache based on selected request headers).
      minTtlSeconds: isEveryHeader ? 0 : min,
      defaultTtlSeconds: isEveryHeader ? 0 : fallback,
      maxTtlSeconds: isEveryHeader ? 0 : max,
      takesQueryString: takesAllQueries ? keyQueries : NONE,
      takesCookie: takesCookie === NONE ? undefined : takesCookie,
      headers: isEveryHeader ? [] : headerNames(values, headers),
      acceptEncodings: isCompressed && !isEveryHeader ? ['gzip'] : [],
    },
    originRequestPolicy: {
      takesHeader: isEveryHeader ? ALL : isForwarded,
      generated: [],
      takesQueryString: takesAllQueries ? ALL : NONE,
      takesCookie: NONE,
      isWithoutS3Overrides: false,
    },
  };
}

function isForwarded(name: string, method: string): boolean {
  return name === 'authorization' ? SENT_WITH_AUTHORIZATION.includes(method) : !REMOVED.test(name);
}

function readForwardedCookies(values: Part): Takes {
  const cookies = readOptional(values, 'Cookies', ['Forward', 'WhitelistedNames']);
  if (!cookies) return NONE;
  const forward = readOneOf(cookies, 'Forward', ['none', 'whitelist', 'all']);
  if (forward === 'all') return ALL;
  return forward === 'whitelist' ? named(readTexts(cookies, 'WhitelistedNames')) : NONE;
}
