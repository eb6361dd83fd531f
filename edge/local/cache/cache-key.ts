import { isHopByHop, type Pairs } from '../functions/function-event.ts';
import type { PassedRequest } from '../functions/function-result.ts';
import type { CacheBehavior } from '../template/distribution.ts';
import {
  type CachePolicy,
  NONE,
  type OriginRequestPolicy,
  type Takes,
} from '../template/request-policies.ts';
import { type HeaderFields, header } from '../viewer/answer.ts';

/** The cache key, and the query and headers that it takes to the origin. */
export interface CacheKey {
  key: string;
  uri: string;
  query: string;
  headers: Record<string, string>;
}

/**
 * The key consists of the behavior, the URI byte for byte as the function returned it, and the query strings, headers
 * and cookies that the cache policy names. The method is not part of it. A path has no `?`, and a header line has no
 * line feed. So two requests that differ in one of these parts never share a key.
 */
export function cacheKeyOf(
  policy: CachePolicy,
  prefix: string,
  { uri, querystring, headers: given, cookies }: PassedRequest,
): CacheKey {
  const query = keptValues(policy.takesQueryString, querystring).join('&');
  const headers: Record<string, string> = {};
  let key = `${prefix}${uri}?${query}`;
  for (const name of policy.headers) {
    const value = header(given, name);
    if (value !== undefined) headers[name] = value;
    key += `\n${value === undefined ? '' : `=${value}`}`;
  }
  if (policy.acceptEncodings.length > 0) {
    const accepted = acceptedEncodings(policy, given);
    if (accepted !== '') headers['accept-encoding'] = accepted;
    key += `\n${accepted}`;
  }
  if (policy.takesCookie !== NONE) key += `\n${keptValues(policy.takesCookie, cookies ?? []).join('; ')}`;
  return { key, uri, query, headers };
}

/** `name=value` of the values that are taken, in the order and spelling of the function's result. */
function keptValues(takes: Takes, pairs: Pairs): string[] {
  return pairs.flatMap(([name, value]) => (takes(name) ? `${name}=${value}` : []));
}

/** Accept-Encoding as CloudFront normalises it: only `br` and `gzip`, in this order. */
function acceptedEncodings({ acceptEncodings }: CachePolicy, given: HeaderFields): string {
  const wanted = (header(given, 'accept-encoding') ?? '').toLowerCase().split(',');
  const codings = wanted.filter((coding) => !/;\s*q=0(?:\.0*)?\s*$/.test(coding));
  const names = codings.map((coding) => coding.split(';')[0]?.trim());
  return acceptEncodings.filter((name) => names.includes(name)).join(',');
}

/** The query parameters that S3 does not get by a managed policy (DG: managed origin request policies). */
const S3_OVERRIDES = ['response-content-type', 'response-content-disposition', 'response-content-encoding'];

/** The headers that never come from the viewer, whatever a policy says. */
const NEVER = /^(?:accept-encoding|content-length|cookie|x-edge-.*|x-amz-cf-.*|x-real-ip|x-forwarded-proto)$/;

/** The query and the headers for the origin. */
export interface ForOrigin {
  query: string;
  headers: Record<string, string>;
}

/**
 * The parts of the cache key, and the parts that the origin request policy names (DG: controlling origin requests).
 * @param isS3 S3 answers to its own host only, and does not know cookies
 */
export function forOrigin(
  { cachePolicy, originRequestPolicy: policy }: Pick<CacheBehavior, 'cachePolicy' | 'originRequestPolicy'>,
  { query, headers: ofKey }: CacheKey,
  passed: PassedRequest,
  { method, isS3 }: { method: string; isS3: boolean },
): ForOrigin {
  const { takesCookie } = cachePolicy;
  if (!policy && takesCookie === NONE) return { query, headers: ofKey };
  const headers: Record<string, string> = {};
  for (const name of passed.headers.keys()) {
    if (NEVER.test(name) || isHopByHop(name) || (isS3 && name === 'host')) continue;
    const isGenerated = name.startsWith('cloudfront-');
    const isTaken = isGenerated ? policy?.generated.includes(name) : policy?.takesHeader(name, method);
    if (isTaken) headers[name] = header(passed.headers, name) ?? '';
  }
  const cookies = keptValues(
    (name) => takesCookie(name) || policy?.takesCookie(name) === true,
    passed.cookies ?? [],
  );
  if (cookies.length > 0) headers['cookie'] = cookies.join('; ');
  return {
    query: policy ? wholeQuery(cachePolicy, policy, passed, isS3) : query,
    headers: { ...headers, ...ofKey },
  };
}

function wholeQuery(
  { takesQueryString }: CachePolicy,
  policy: OriginRequestPolicy,
  { querystring }: PassedRequest,
  isS3: boolean,
): string {
  const isKept = (name: string) => {
    if (takesQueryString(name)) return true;
    const isOverride = isS3 && policy.isManaged && S3_OVERRIDES.includes(name);
    return !isOverride && policy.takesQueryString(name);
  };
  return keptValues(isKept, querystring).join('&');
}
