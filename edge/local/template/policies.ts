import { matchesPattern } from '../viewer/path-pattern.ts';

export type Takes = (name: string) => boolean;
export const ALL: Takes = () => true;
export const NONE: Takes = () => false;

/** Matches listed names. A name may contain `*` and `?`, as in the older settings. */
export function named(names: readonly string[]): Takes {
  const exact = new Set(names);
  const patterns = names.filter((name) => /[*?]/.test(name));
  return (name) => exact.has(name) || patterns.some((pattern) => matchesPattern(pattern, name));
}

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

/** The parts of the viewer's request that reach the origin, besides the parts in the cache key. */
export interface OriginRequestPolicy {
  /** @param name in lower case */
  takesHeader: (name: string, method: string) => boolean;
  /** Names of headers that CloudFront writes itself, in lower case. */
  generated: readonly string[];
  takesQueryString: Takes;
  takesCookie: Takes;
  /** S3 does not get the parameters that change its answer (DG: managed origin request policies). */
  isWithoutS3Overrides: boolean;
}

export interface ResponseHeadersPolicy {
  /** Lower-case names of the headers that are removed from the answer before any is added. */
  removed: string[];
  headers: { name: string; value: string; override: boolean }[];
  cors?:
    | {
        allowedOrigins: string[];
        allowCredentials: boolean;
        exposedHeaders: string[];
        originOverride: boolean;
        /** The headers that only a preflight gets, by the ends of their names. */
        preflight: { [Name in 'methods' | 'headers' | 'maxAge' | 'exposed']?: string | undefined };
      }
    | undefined;
}

/** Whether CloudFront writes a header itself. @param name in lower case */
export function isGenerated(name: string): boolean {
  return name.startsWith('cloudfront-');
}

/** CloudFront's defaults (DG: expiration). */
export const DEFAULT_TTL_SECONDS = 86_400;
export const MAX_TTL_SECONDS = 31_536_000;

export const NOT_CACHED: CachePolicy = {
  minTtlSeconds: 0,
  defaultTtlSeconds: 0,
  maxTtlSeconds: 0,
  takesQueryString: NONE,
  takesCookie: undefined,
  headers: [],
  acceptEncodings: [],
};
const UNCOMPRESSED: CachePolicy = {
  ...NOT_CACHED,
  minTtlSeconds: 1,
  defaultTtlSeconds: DEFAULT_TTL_SECONDS,
  maxTtlSeconds: MAX_TTL_SECONDS,
};
const AS_THE_ORIGIN_SAYS: CachePolicy = {
  ...NOT_CACHED,
  maxTtlSeconds: MAX_TTL_SECONDS,
  headers: ['host', 'origin', 'x-http-method-override', 'x-http-method', 'x-method-override'],
  takesCookie: ALL,
  acceptEncodings: ['br', 'gzip'],
};

const ALL_VIEWER: OriginRequestPolicy = {
  takesHeader: ALL,
  generated: [],
  takesQueryString: ALL,
  takesCookie: ALL,
  isWithoutS3Overrides: true,
};
function only(...headers: string[]): OriginRequestPolicy {
  const takesHeader = named(headers);
  return {
    takesHeader,
    generated: [],
    takesQueryString: NONE,
    takesCookie: NONE,
    isWithoutS3Overrides: false,
  };
}
const PREFLIGHT = ['origin', 'access-control-request-headers', 'access-control-request-method'];

/** The headers of June 2022, which `AllViewerAndCloudFrontHeaders-2022-06` adds. */
const GENERATED_2022 = `
  forwarded-proto is-android-viewer is-desktop-viewer is-ios-viewer is-mobile-viewer is-smarttv-viewer is-tablet-viewer
  viewer-address viewer-asn viewer-city viewer-country viewer-country-name viewer-country-region
  viewer-country-region-name viewer-http-version viewer-latitude viewer-longitude viewer-metro-code viewer-postal-code
  viewer-time-zone viewer-tls`
  .trim()
  .split(/\s+/)
  .map((name) => `cloudfront-${name}`);

const OPEN = {
  allowedOrigins: ['*'],
  allowCredentials: false,
  exposedHeaders: [],
  originOverride: false,
  preflight: {},
};
/**
 * Of the CORS headers, a simple request gets `Access-Control-Allow-Origin` only. A preflight gets the others, too (DG:
 * managed response headers policies, CORS-With-Preflight).
 */
const OPEN_WITH_PREFLIGHT = {
  ...OPEN,
  preflight: { methods: 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT', exposed: '*' },
};
const PLAIN: ResponseHeadersPolicy = { removed: [], headers: [] };
const SECURE: ResponseHeadersPolicy = {
  removed: [],
  headers: [
    { name: 'referrer-policy', value: 'strict-origin-when-cross-origin', override: false },
    { name: 'strict-transport-security', value: 'max-age=31536000', override: false },
    { name: 'x-content-type-options', value: 'nosniff', override: true },
    { name: 'x-frame-options', value: 'SAMEORIGIN', override: false },
    { name: 'x-xss-protection', value: '1; mode=block', override: false },
  ],
};

/** A policy of AWS, by its id. The comment is its name. */
type Managed<Policy> = ReadonlyMap<unknown, Policy>;

/** The policies that AWS manages (DG: managed cache, origin request and response headers policies). */
export const MANAGED: {
  cache: Managed<CachePolicy>;
  originRequest: Managed<OriginRequestPolicy>;
  responseHeaders: Managed<ResponseHeadersPolicy>;
} = {
  cache: new Map([
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
        ...AS_THE_ORIGIN_SAYS,
        minTtlSeconds: 2,
        defaultTtlSeconds: 2,
        maxTtlSeconds: 600,
        headers: ['authorization', 'cloudfront-viewer-country', 'host'],
        takesQueryString: ALL,
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
  ]),
  originRequest: new Map([
    // AllViewer
    ['216adef6-5c7f-47e4-b989-5492eafa07d3', ALL_VIEWER],
    // AllViewerAndCloudFrontHeaders-2022-06
    ['33f36d7e-f396-46d9-90e0-52428a34d9dc', { ...ALL_VIEWER, generated: GENERATED_2022 }],
    // AllViewerExceptHostHeader
    [
      'b689b0a8-53d0-40ab-baf2-68738e2966ac',
      { ...ALL_VIEWER, takesHeader: (name: string) => name !== 'host' },
    ],
    // CORS-CustomOrigin
    ['59781a5b-3903-41f3-afcb-af62929ccde1', only('origin')],
    // CORS-S3Origin
    ['88a5eaf4-2fd4-4709-b370-b4c650ea3fcf', only(...PREFLIGHT)],
    // HostHeaderOnly
    ['bf0718e1-ba1e-49d1-88b1-f726733018ae', only('host')],
    // UserAgentRefererHeaders
    ['acba4595-bd28-49b8-b9fe-13317c0390fa', only('user-agent', 'referer')],
    [
      // Elemental-MediaTailor-PersonalizedManifests
      '775133bc-15f2-49f9-abea-afb2e0bf67d2',
      {
        ...only(...PREFLIGHT, 'user-agent', 'x-forwarded-for'),
        takesQueryString: ALL,
        isWithoutS3Overrides: true,
      },
    ],
  ]),
  responseHeaders: new Map([
    // SimpleCORS
    ['60669652-455b-4ae9-85a4-c4c02393f86c', { ...PLAIN, cors: OPEN }],
    // CORS-With-Preflight
    ['5cc3b908-e619-4b99-88e5-2cf7f45965bd', { ...PLAIN, cors: OPEN_WITH_PREFLIGHT }],
    // SecurityHeadersPolicy
    ['67f7725c-6f97-4210-82d7-5512b31e9d03', SECURE],
    // CORS-and-SecurityHeadersPolicy
    ['e61eb60c-9c35-4d20-a928-2b84e02af89c', { ...SECURE, cors: OPEN }],
    // CORS-with-preflight-and-SecurityHeadersPolicy
    ['eaab4381-ed33-4a86-88ca-d9558dc6cd63', { ...SECURE, cors: OPEN_WITH_PREFLIGHT }],
  ]),
};
