import {
  ALL,
  type CachePolicy,
  DEFAULT_TTL_SECONDS,
  isGenerated,
  MANAGED,
  MAX_TTL_SECONDS,
  NONE,
  NOT_CACHED,
  named,
  type OriginRequestPolicy,
  type Takes,
} from './policies.ts';
import * as Type from './schema.ts';

/** Headers that no policy may name, or whose effect is not modelled. */
const NOT_FOR_KEYS =
  /^(?:accept-encoding|cache-control|connection|content-length|cookie|expect|if-.*|max-forwards|pragma|proxy-.*|range|te|trailer|transfer-encoding|upgrade|via|x-amz-.*|x-edge-.*|x-forwarded-proto|x-real-ip)$/;

const NAMES = Type.list(Type.text(), []);
const LOWER_NAMES: Type.Schema<string[]> = (field) => NAMES(field).map((name) => name.toLowerCase());

type Kind = 'none' | 'whitelist' | 'allExcept' | 'all';
const KIND = Type.oneOf<Kind>(['none', 'whitelist', 'allExcept', 'all']);

/** The query strings or cookies that a policy selects. Undefined if it selects none. */
function selection(kind: Kind, names: readonly string[]): Takes | undefined {
  if (kind === 'none') return undefined;
  if (kind === 'all') return ALL;
  const listed = named(names);
  return kind === 'whitelist' ? listed : (name) => !listed(name);
}

const COOKIES_AND_QUERIES = {
  CookiesConfig: Type.optional(
    Type.map(Type.object({ CookieBehavior: KIND, Cookies: NAMES }), (it) =>
      selection(it.CookieBehavior, it.Cookies),
    ),
  ),
  QueryStringsConfig: Type.optional(
    Type.map(Type.object({ QueryStringBehavior: KIND, QueryStrings: NAMES }), (it) =>
      selection(it.QueryStringBehavior, it.QueryStrings),
    ),
  ),
};

const BROTLI_AND_GZIP = {
  EnableAcceptEncodingBrotli: Type.flag(false),
  EnableAcceptEncodingGzip: Type.flag(false),
};
const LISTED = ['none', 'whitelist'] as const;

/** @param encodings those of the policy. It may name `Accept-Encoding` itself only if there are none */
function checkHeaderNames(field: Type.Field, names: readonly string[], encodings?: readonly string[]): void {
  for (const name of names) {
    const isEncoding = name === 'accept-encoding' && encodings?.length === 0;
    if (!isEncoding && NOT_FOR_KEYS.test(name))
      Type.fault(Type.member(field, 'Headers'), `${name} is not modelled`);
  }
}

/** The parts of requests that are in the cache key. */
const KEYED: Type.Schema<Omit<CachePolicy, `${string}Seconds`>> = (field) => {
  const read = Type.object({
    ...COOKIES_AND_QUERIES,
    ...BROTLI_AND_GZIP,
    HeadersConfig: Type.object({ HeaderBehavior: Type.oneOf(LISTED), Headers: LOWER_NAMES }),
  })(field);
  const acceptEncodings: ('br' | 'gzip')[] = [];
  if (read.EnableAcceptEncodingBrotli) acceptEncodings.push('br');
  if (read.EnableAcceptEncodingGzip) acceptEncodings.push('gzip');
  const headers = read.HeadersConfig.HeaderBehavior === 'whitelist' ? read.HeadersConfig.Headers : [];
  checkHeaderNames(Type.member(field, 'HeadersConfig'), headers, acceptEncodings);
  const { CookiesConfig: takesCookie, QueryStringsConfig: takesQueryString = NONE } = read;
  return { takesCookie, takesQueryString, headers, acceptEncodings };
};

const CACHE_POLICY = Type.map(
  Type.object({
    ...Type.FOR_PEOPLE,
    MinTTL: Type.seconds(),
    DefaultTTL: Type.seconds(DEFAULT_TTL_SECONDS),
    MaxTTL: Type.seconds(MAX_TTL_SECONDS),
    ParametersInCacheKeyAndForwardedToOrigin: KEYED,
  }),
  (it): CachePolicy => ({
    minTtlSeconds: it.MinTTL,
    defaultTtlSeconds: it.DefaultTTL,
    maxTtlSeconds: it.MaxTTL,
    ...it.ParametersInCacheKeyAndForwardedToOrigin,
  }),
);

const HEADERS = Type.map(
  Type.object({
    HeaderBehavior: Type.oneOf([
      'none',
      'whitelist',
      'allViewer',
      'allViewerAndWhitelistCloudFront',
      'allExcept',
    ]),
    Headers: LOWER_NAMES,
  }),
  ({ HeaderBehavior: kind, Headers: names }): Pick<OriginRequestPolicy, 'takesHeader' | 'generated'> => {
    if (kind === 'allExcept') return { takesHeader: (name) => !names.includes(name), generated: [] };
    const isAll = kind === 'allViewer' || kind === 'allViewerAndWhitelistCloudFront';
    return {
      takesHeader: isAll ? ALL : (name) => names.includes(name),
      generated: names.filter(isGenerated),
    };
  },
);

const ORIGIN_REQUEST_POLICY = Type.map(
  Type.object({ ...Type.FOR_PEOPLE, ...COOKIES_AND_QUERIES, HeadersConfig: Type.optional(HEADERS) }),
  (it): OriginRequestPolicy => ({
    takesHeader: NONE,
    generated: [],
    ...it.HeadersConfig,
    takesCookie: it.CookiesConfig ?? NONE,
    takesQueryString: it.QueryStringsConfig ?? NONE,
    isWithoutS3Overrides: false,
  }),
);

const cachePolicyOf = Type.reference(
  'AWS::CloudFront::CachePolicy',
  'nothing is cached',
  Type.configOf(CACHE_POLICY),
);
const originRequestPolicyOf = Type.reference(
  'AWS::CloudFront::OriginRequestPolicy',
  'it adds nothing',
  Type.configOf(ORIGIN_REQUEST_POLICY),
);
const OLDER = ['ForwardedValues', 'MinTTL', 'DefaultTTL', 'MaxTTL'];
const older = Type.noted('CloudFront refuses it beside CachePolicyId, and here the policy counts');

export interface RequestPolicies {
  cachePolicy: CachePolicy;
  originRequestPolicy?: OriginRequestPolicy | undefined;
}

/** The policies of a behavior, or the settings that came before them. */
export function requestPolicies(behavior: Type.Field, isCompressed: boolean): RequestPolicies {
  const cacheId = Type.member(behavior, 'CachePolicyId');
  if (cacheId.value === undefined && Type.member(behavior, 'ForwardedValues').value !== undefined)
    return forwardedValues(behavior, isCompressed);
  for (const name of OLDER) if (Type.member(behavior, name).value !== 0) older(Type.member(behavior, name));
  const requestId = Type.member(behavior, 'OriginRequestPolicyId');
  return {
    cachePolicy: MANAGED.cache.get(cacheId.value) ?? cachePolicyOf(cacheId) ?? NOT_CACHED,
    originRequestPolicy:
      MANAGED.originRequest.get(requestId.value) ?? Type.optional(originRequestPolicyOf)(requestId),
  };
}

/**
 * The headers that the older settings keep from the origin, unless a setting names them (DG: request behavior, table of
 * headers).
 */
const REMOVED =
  /^(?:accept|accept-charset|accept-encoding|accept-language|cookie|expect|host|proxy-authenticate|proxy-authorization|proxy-connection|referer|te|trailer|upgrade|user-agent|x-forwarded-proto|x-http-method-override|x-real-ip)$/;
const SENT_WITH_AUTHORIZATION = ['DELETE', 'PATCH', 'POST', 'PUT'];

const FORWARDED_VALUES = Type.object({
  QueryString: Type.flag(),
  QueryStringCacheKeys: NAMES,
  Headers: LOWER_NAMES,
  Cookies: Type.optional(
    Type.map(Type.object({ Forward: KIND, WhitelistedNames: NAMES }), (it) =>
      selection(it.Forward, it.WhitelistedNames),
    ),
  ),
});

/**
 * The settings that came before cache policies. The parts that `ForwardedValues` names are in the cache key and reach
 * the origin. The behavior itself has the lifetimes. Of the encodings, these settings know gzip only (DG: serving
 * compressed files).
 */
function forwardedValues(behavior: Type.Field, isCompressed: boolean): RequestPolicies {
  const field = Type.member(behavior, 'ForwardedValues');
  const { QueryString: takesQueries, QueryStringCacheKeys: queryKeys, ...values } = FORWARDED_VALUES(field);
  const { Headers: headers, Cookies: takesCookie } = values;
  const isEveryHeader = headers.includes('*');
  if (!isEveryHeader) checkHeaderNames(field, headers);
  const min = Type.seconds(0)(Type.member(behavior, 'MinTTL'));
  const fallback = Type.seconds(Math.max(DEFAULT_TTL_SECONDS, min))(Type.member(behavior, 'DefaultTTL'));
  const max = Type.seconds(Math.max(MAX_TTL_SECONDS, fallback))(Type.member(behavior, 'MaxTTL'));
  const keyQueries = queryKeys.length > 0 ? named(queryKeys) : ALL;
  const cached = {
    minTtlSeconds: min,
    defaultTtlSeconds: fallback,
    maxTtlSeconds: max,
    headers,
    acceptEncodings: isCompressed ? (['gzip'] as const) : [],
  };
  return {
    cachePolicy: {
      ...NOT_CACHED,
      // If all headers are forwarded, nothing is cached (DG: cache based on selected request headers).
      ...(isEveryHeader ? {} : cached),
      takesQueryString: takesQueries ? keyQueries : NONE,
      takesCookie,
    },
    originRequestPolicy: {
      takesHeader: isEveryHeader ? ALL : isForwarded,
      generated: [],
      takesQueryString: takesQueries ? ALL : NONE,
      takesCookie: NONE,
      isWithoutS3Overrides: false,
    },
  };
}

function isForwarded(name: string, method: string): boolean {
  return name === 'authorization' ? SENT_WITH_AUTHORIZATION.includes(method) : !REMOVED.test(name);
}
