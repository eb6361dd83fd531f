import { type CachePolicy, NOT_CACHED } from './cache-policy.ts';
import { ALL, NONE, named, type OriginRequestPolicy } from './origin-request-policy.ts';
import type { ResponseHeadersPolicy } from './response-headers-policy.ts';

const UNCOMPRESSED: CachePolicy = {
  ...NOT_CACHED,
  minTtlSeconds: 1,
  defaultTtlSeconds: 86_400,
  maxTtlSeconds: 31_536_000,
};
const AS_THE_ORIGIN_SAYS: CachePolicy = {
  ...{ minTtlSeconds: 0, defaultTtlSeconds: 0, maxTtlSeconds: 31_536_000 },
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
      ...{ minTtlSeconds: 2, defaultTtlSeconds: 2, maxTtlSeconds: 600 },
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
      ...{ ...UNCOMPRESSED, minTtlSeconds: 0, headers: ['origin'], acceptEncodings: ['gzip'] },
      takesQueryString: named(['aws.manifestfilter', 'start', 'end', 'm']),
    },
  ],
]);

const NOTHING: OriginRequestPolicy = {
  takesHeader: NONE,
  generated: [],
  takesQueryString: NONE,
  takesCookie: NONE,
  isWithoutS3Overrides: false,
};
const ALL_VIEWER: OriginRequestPolicy = {
  takesHeader: ALL,
  generated: [],
  takesQueryString: ALL,
  takesCookie: ALL,
  isWithoutS3Overrides: true,
};
const only = (...headers: string[]): OriginRequestPolicy => ({ ...NOTHING, takesHeader: named(headers) });
const PREFLIGHT = ['origin', 'access-control-request-headers', 'access-control-request-method'];

/** The headers of June 2022, which `AllViewerAndCloudFrontHeaders-2022-06` adds. */
const GENERATED_2022 = [
  ...['forwarded-proto', 'is-android-viewer', 'is-desktop-viewer', 'is-ios-viewer', 'is-mobile-viewer'],
  ...['is-smarttv-viewer', 'is-tablet-viewer', 'viewer-address', 'viewer-asn', 'viewer-city'],
  ...['viewer-country', 'viewer-country-name', 'viewer-country-region', 'viewer-country-region-name'],
  ...['viewer-http-version', 'viewer-latitude', 'viewer-longitude', 'viewer-metro-code'],
  ...['viewer-postal-code', 'viewer-time-zone', 'viewer-tls'],
].map((name) => `cloudfront-${name}`);

/** Origin request policies that AWS manages, by id (DG: managed origin request policies). */
export const MANAGED_ORIGIN_REQUEST_POLICIES = new Map<unknown, OriginRequestPolicy>([
  // AllViewer
  ['216adef6-5c7f-47e4-b989-5492eafa07d3', ALL_VIEWER],
  // AllViewerAndCloudFrontHeaders-2022-06
  ['33f36d7e-f396-46d9-90e0-52428a34d9dc', { ...ALL_VIEWER, generated: GENERATED_2022 }],
  // AllViewerExceptHostHeader
  ['b689b0a8-53d0-40ab-baf2-68738e2966ac', { ...ALL_VIEWER, takesHeader: (name) => name !== 'host' }],
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
]);

const OPEN: NonNullable<ResponseHeadersPolicy['cors']> = {
  ...{ allowedOrigins: ['*'], allowCredentials: false, exposedHeaders: [], originOverride: false },
  preflight: {},
};
/**
 * Of the CORS headers, a simple request gets `Access-Control-Allow-Origin` only. A preflight gets the others, too (DG:
 * managed response headers policies, CORS-With-Preflight).
 */
const OPEN_WITH_PREFLIGHT: typeof OPEN = {
  ...OPEN,
  preflight: { methods: 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT', exposed: '*' },
};
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
const PLAIN: ResponseHeadersPolicy = { removed: [], headers: [] };

/** Response headers policies that AWS manages, by id (DG: managed response headers policies). */
export const MANAGED_RESPONSE_HEADERS_POLICIES = new Map<unknown, ResponseHeadersPolicy>([
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
]);
