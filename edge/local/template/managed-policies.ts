const BOTH_ENCODINGS = { EnableAcceptEncodingBrotli: true, EnableAcceptEncodingGzip: true };
const ALL_QUERIES = { QueryStringsConfig: { QueryStringBehavior: 'all' } };
const ALL_COOKIES = { CookiesConfig: { CookieBehavior: 'all' } };

function cache(ttl: [min: number, fallback: number, max: number], parameters: object) {
  const [MinTTL, DefaultTTL, MaxTTL] = ttl;
  return { MinTTL, DefaultTTL, MaxTTL, ParametersInCacheKeyAndForwardedToOrigin: parameters };
}

function headers(kind: string, names: readonly string[] = []) {
  return { HeadersConfig: { HeaderBehavior: kind, Headers: names } };
}

const DAY_SECONDS = 86_400;
const YEAR_SECONDS = 31_536_000;
const METHOD_HEADERS = ['x-http-method-override', 'x-http-method', 'x-method-override'];
const AS_THE_ORIGIN_SAYS = {
  ...headers('whitelist', ['host', 'origin', ...METHOD_HEADERS]),
  ...ALL_COOKIES,
  ...BOTH_ENCODINGS,
};
const ALL_VIEWER = { ...headers('allViewer'), ...ALL_QUERIES, ...ALL_COOKIES };
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

function cors(more: object = {}) {
  const everybody = { AccessControlAllowOrigins: { Items: ['*'] }, AccessControlAllowCredentials: false };
  return { CorsConfig: { ...everybody, OriginOverride: false, ...more } };
}

const CORS_WITH_PREFLIGHT = cors({
  AccessControlAllowMethods: { Items: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'] },
  AccessControlExposeHeaders: { Items: ['*'] },
});
const SECURE = {
  SecurityHeadersConfig: {
    ReferrerPolicy: { ReferrerPolicy: 'strict-origin-when-cross-origin', Override: false },
    StrictTransportSecurity: { AccessControlMaxAgeSec: YEAR_SECONDS, Override: false },
    ContentTypeOptions: { Override: true },
    FrameOptions: { FrameOption: 'SAMEORIGIN', Override: false },
    XSSProtection: { Protection: true, ModeBlock: true, Override: false },
  },
};

export type PolicyType =
  `AWS::CloudFront::${'CachePolicy' | 'OriginRequestPolicy' | 'ResponseHeadersPolicy'}`;

/**
 * The policies that AWS manages, by id, as a template would write them (DG: managed cache, origin request and response
 * headers policies). The comment is the name.
 */
export const MANAGED_POLICIES: Readonly<Record<PolicyType, ReadonlyMap<unknown, object>>> = {
  'AWS::CloudFront::CachePolicy': new Map([
    // CachingOptimized
    ['658327ea-f89d-4fab-a63d-7e88639e58f6', cache([1, DAY_SECONDS, YEAR_SECONDS], BOTH_ENCODINGS)],
    // CachingOptimizedForUncompressedObjects
    ['b2884449-e4de-46a7-ac36-70bc7f1ddd6d', cache([1, DAY_SECONDS, YEAR_SECONDS], {})],
    // CachingDisabled
    ['4135ea2d-6df8-44a3-9df3-4b5a84be39ad', cache([0, 0, 0], {})],
    // UseOriginCacheControlHeaders, and the same with query strings
    ['83da9c7e-98b4-4e11-a168-04f0df8e2c65', cache([0, 0, YEAR_SECONDS], AS_THE_ORIGIN_SAYS)],
    [
      '4cc15a8a-d715-48a4-82b8-cc0b614638fe',
      cache([0, 0, YEAR_SECONDS], { ...AS_THE_ORIGIN_SAYS, ...ALL_QUERIES }),
    ],
  ]),
  'AWS::CloudFront::OriginRequestPolicy': new Map<string, object>([
    // AllViewer
    ['216adef6-5c7f-47e4-b989-5492eafa07d3', ALL_VIEWER],
    // AllViewerAndCloudFrontHeaders-2022-06
    [
      '33f36d7e-f396-46d9-90e0-52428a34d9dc',
      { ...ALL_VIEWER, ...headers('allViewerAndWhitelistCloudFront', GENERATED_2022) },
    ],
    // AllViewerExceptHostHeader
    ['b689b0a8-53d0-40ab-baf2-68738e2966ac', { ...ALL_VIEWER, ...headers('allExcept', ['host']) }],
    // CORS-CustomOrigin
    ['59781a5b-3903-41f3-afcb-af62929ccde1', headers('whitelist', ['origin'])],
    // CORS-S3Origin
    ['88a5eaf4-2fd4-4709-b370-b4c650ea3fcf', headers('whitelist', PREFLIGHT)],
    // HostHeaderOnly
    ['bf0718e1-ba1e-49d1-88b1-f726733018ae', headers('whitelist', ['host'])],
    // UserAgentRefererHeaders
    ['acba4595-bd28-49b8-b9fe-13317c0390fa', headers('whitelist', ['user-agent', 'referer'])],
  ]),
  'AWS::CloudFront::ResponseHeadersPolicy': new Map<string, object>([
    // SimpleCORS
    ['60669652-455b-4ae9-85a4-c4c02393f86c', cors()],
    // CORS-With-Preflight
    ['5cc3b908-e619-4b99-88e5-2cf7f45965bd', CORS_WITH_PREFLIGHT],
    // SecurityHeadersPolicy
    ['67f7725c-6f97-4210-82d7-5512b31e9d03', SECURE],
    // CORS-and-SecurityHeadersPolicy
    ['e61eb60c-9c35-4d20-a928-2b84e02af89c', { ...SECURE, ...cors() }],
    // CORS-with-preflight-and-SecurityHeadersPolicy
    ['eaab4381-ed33-4a86-88ca-d9558dc6cd63', { ...SECURE, ...CORS_WITH_PREFLIGHT }],
  ]),
};
