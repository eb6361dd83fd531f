import { matchesPattern } from '../viewer/path-pattern.ts';
import * as Type from './schema.ts';

export type Takes = (name: string) => boolean;
export const ALL: Takes = () => true;
export const NONE: Takes = () => false;

/** Matches listed names. A name may contain `*` and `?`, as in the older settings. */
export function named(names: readonly string[]): Takes {
  const exact = new Set(names);
  const patterns = names.filter((name) => /[*?]/.test(name));
  return (name) => exact.has(name) || patterns.some((pattern) => matchesPattern(pattern, name));
}

/** Whether CloudFront writes a header itself. @param name in lower case */
export function isGenerated(name: string): boolean {
  return name.startsWith('cloudfront-');
}

const NAMES = Type.list(Type.text(), []);
const LOWER_NAMES = Type.map(NAMES, (names) => names.map((name) => name.toLowerCase()));

type Kind = 'none' | 'whitelist' | 'allExcept' | 'all';
const KIND = Type.oneOf<Kind>(['none', 'whitelist', 'allExcept', 'all'], 'none');

/** The query strings or cookies that a policy selects. */
function selection(kind: Kind, names: readonly string[]): Takes {
  if (kind === 'none') return NONE;
  if (kind === 'all') return ALL;
  const listed = named(names);
  return kind === 'whitelist' ? listed : (name) => !listed(name);
}

const COOKIES_AND_QUERIES = {
  CookiesConfig: Type.map(
    Type.object({ CookieBehavior: KIND, Cookies: NAMES }, {}),
    ({ CookieBehavior: kind, Cookies: names }) => selection(kind, names),
  ),
  QueryStringsConfig: Type.map(
    Type.object({ QueryStringBehavior: KIND, QueryStrings: NAMES }, {}),
    ({ QueryStringBehavior: kind, QueryStrings: names }) => selection(kind, names),
  ),
};

/** Headers that no policy may name, or whose effect is not modelled. */
const NOT_FOR_KEYS =
  /^(?:cache-control|connection|content-length|cookie|expect|if-.*|max-forwards|pragma|proxy-.*|range|te|trailer|transfer-encoding|upgrade|via|x-amz-.*|x-edge-.*|x-forwarded-proto|x-real-ip)$/;
const KEY_HEADERS = Type.checked(LOWER_NAMES, (names) => {
  const found = names.find((name) => NOT_FOR_KEYS.test(name));
  return found === undefined ? undefined : `${found} is not modelled`;
});

/** CloudFront's defaults (DG: expiration). */
const DEFAULT_TTL_SECONDS = 86_400;
const MAX_TTL_SECONDS = 31_536_000;

const CACHE_POLICY = Type.map(
  Type.object({
    ...Type.FOR_PEOPLE,
    MinTTL: Type.seconds(),
    DefaultTTL: Type.seconds(DEFAULT_TTL_SECONDS),
    MaxTTL: Type.seconds(MAX_TTL_SECONDS),
    ParametersInCacheKeyAndForwardedToOrigin: Type.object({
      ...COOKIES_AND_QUERIES,
      EnableAcceptEncodingBrotli: Type.flag(false),
      EnableAcceptEncodingGzip: Type.flag(false),
      HeadersConfig: Type.object(
        { HeaderBehavior: Type.oneOf(['none', 'whitelist'], 'none'), Headers: KEY_HEADERS },
        {},
      ),
    }),
  }),
  ({ MinTTL, DefaultTTL, MaxTTL, ParametersInCacheKeyAndForwardedToOrigin: it }) => ({
    MinTTL,
    DefaultTTL,
    MaxTTL,
    /** What is in the key also reaches the origin. */
    takesQueryString: it.QueryStringsConfig,
    takesCookie: it.CookiesConfig,
    headers: it.HeadersConfig.HeaderBehavior === 'none' ? [] : it.HeadersConfig.Headers,
    /** Accept-Encoding is reduced to these, in the key and towards the origin. */
    acceptEncodings: [
      ...(it.EnableAcceptEncodingBrotli ? ['br'] : []),
      ...(it.EnableAcceptEncodingGzip ? ['gzip'] : []),
    ],
  }),
);
export type CachePolicy = ReturnType<typeof CACHE_POLICY>;

const NOT_CACHED: CachePolicy = {
  ...{ MinTTL: 0, DefaultTTL: 0, MaxTTL: 0 },
  ...{ takesQueryString: NONE, takesCookie: NONE, headers: [], acceptEncodings: [] },
};

/** The parts of the viewer's request that reach the origin, besides the parts in the cache key. */
export interface OriginRequestPolicy {
  /** @param name in lower case */
  takesHeader: (name: string, method: string) => boolean;
  /** Names of headers that CloudFront writes itself, in lower case. */
  generated: readonly string[];
  takesQueryString: Takes;
  takesCookie: Takes;
  isManaged: boolean;
}

const HEADER_KINDS = [
  'none',
  'whitelist',
  'allViewer',
  'allViewerAndWhitelistCloudFront',
  'allExcept',
] as const;
const ORIGIN_REQUEST_POLICY = Type.map(
  Type.object({
    ...Type.FOR_PEOPLE,
    ...COOKIES_AND_QUERIES,
    HeadersConfig: Type.object(
      { HeaderBehavior: Type.oneOf(HEADER_KINDS, 'none'), Headers: LOWER_NAMES },
      {},
    ),
  }),
  ({ HeadersConfig: { HeaderBehavior: kind, Headers: names }, ...it }) => ({
    takesHeader: kind.startsWith('allViewer')
      ? ALL
      : selection(kind === 'allExcept' ? kind : 'whitelist', names),
    generated: kind === 'allExcept' ? [] : names.filter(isGenerated),
    takesCookie: it.CookiesConfig,
    takesQueryString: it.QueryStringsConfig,
  }),
);

const cachePolicyOf = Type.policy('AWS::CloudFront::CachePolicy', 'nothing is cached', CACHE_POLICY);
const originRequestPolicyOf = Type.policy(
  'AWS::CloudFront::OriginRequestPolicy',
  'it adds nothing',
  ORIGIN_REQUEST_POLICY,
);

export interface RequestPolicies {
  cachePolicy: CachePolicy;
  originRequestPolicy?: OriginRequestPolicy | undefined;
}

const OLDER = ['ForwardedValues', 'MinTTL', 'DefaultTTL', 'MaxTTL'];
const older = Type.noted('CloudFront refuses it beside CachePolicyId, and here the policy counts');

/** The policies of a behavior, or the settings that came before them. */
export function requestPolicies(behavior: Type.Field, isCompressed: boolean): RequestPolicies {
  const cacheId = Type.member(behavior, 'CachePolicyId');
  if (cacheId.value === undefined && Type.member(behavior, 'ForwardedValues').value !== undefined)
    return forwardedValues(behavior, isCompressed);
  for (const name of OLDER) if (Type.member(behavior, name).value !== 0) older(Type.member(behavior, name));
  return {
    cachePolicy: cachePolicyOf(cacheId) ?? NOT_CACHED,
    originRequestPolicy: Type.optional(originRequestPolicyOf)(Type.member(behavior, 'OriginRequestPolicyId')),
  };
}

/**
 * The headers that the older settings keep from the origin, unless a setting names them (DG: request behavior, table of
 * headers).
 */
const REMOVED =
  /^(?:accept|accept-charset|accept-encoding|accept-language|cookie|expect|host|proxy-authenticate|proxy-authorization|proxy-connection|referer|te|trailer|upgrade|user-agent|x-forwarded-proto|x-http-method-override|x-real-ip)$/;
const SENT_WITH_AUTHORIZATION = ['DELETE', 'PATCH', 'POST', 'PUT'];

function isForwarded(name: string, method: string): boolean {
  return name === 'authorization' ? SENT_WITH_AUTHORIZATION.includes(method) : !REMOVED.test(name);
}

const FORWARDED_VALUES = Type.object({
  QueryString: Type.flag(),
  QueryStringCacheKeys: NAMES,
  Headers: KEY_HEADERS,
  Cookies: Type.object({ Forward: KIND, WhitelistedNames: NAMES }, {}),
});

/**
 * The settings that came before cache policies. The parts that `ForwardedValues` names are in the cache key and reach
 * the origin. The behavior itself has the lifetimes. Of the encodings, these settings know gzip only (DG: serving
 * compressed files).
 */
function forwardedValues(behavior: Type.Field, isCompressed: boolean): RequestPolicies {
  const values = FORWARDED_VALUES(Type.member(behavior, 'ForwardedValues'));
  const {
    QueryString: takesQueries,
    QueryStringCacheKeys: queryKeys,
    Headers: headers,
    Cookies: cookies,
  } = values;
  const MinTTL = Type.seconds(0)(Type.member(behavior, 'MinTTL'));
  const DefaultTTL = Type.seconds(Math.max(DEFAULT_TTL_SECONDS, MinTTL))(Type.member(behavior, 'DefaultTTL'));
  const MaxTTL = Type.seconds(Math.max(MAX_TTL_SECONDS, DefaultTTL))(Type.member(behavior, 'MaxTTL'));
  const isEveryHeader = headers.includes('*');
  const acceptEncodings = isCompressed ? ['gzip'] : [];
  const keyQueries = queryKeys.length > 0 ? named(queryKeys) : ALL;
  return {
    cachePolicy: {
      ...NOT_CACHED,
      // If all headers are forwarded, nothing is cached (DG: cache based on selected request headers).
      ...(isEveryHeader ? {} : { MinTTL, DefaultTTL, MaxTTL, headers, acceptEncodings }),
      takesQueryString: takesQueries ? keyQueries : NONE,
      takesCookie: selection(cookies.Forward, cookies.WhitelistedNames),
    },
    originRequestPolicy: {
      takesHeader: isEveryHeader ? ALL : isForwarded,
      generated: [],
      takesQueryString: takesQueries ? ALL : NONE,
      takesCookie: NONE,
      isManaged: false,
    },
  };
}
