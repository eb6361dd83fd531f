import type { PassedRequest } from '../functions/function-result.ts';
import { type CachePolicy, keptQuery } from '../template/cache-policy.ts';
import { type HeaderFields, header } from '../viewer/answer.ts';

/** The cache key, and what of the request it lets through to the origin. */
export interface CacheKey {
  key: string;
  uri: string;
  query: string;
  headers: Record<string, string>;
}

/**
 * The key is the behavior, the URI that the function returned byte for byte, and the query strings and headers that
 * the cache policy names: no cookie, no method. A path has no `?` and no line of a header a line feed, so no two
 * requests that differ in one of them share a key.
 */
export function cacheKeyOf(
  policy: CachePolicy,
  prefix: string,
  { uri, querystring, headers: given }: PassedRequest,
): CacheKey {
  const query = keptQuery(policy, querystring);
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
  return { key, uri, query, headers };
}

/** Accept-Encoding as CloudFront normalises it: nothing but `br` and `gzip`, in this order. */
function acceptedEncodings({ acceptEncodings }: CachePolicy, given: HeaderFields): string {
  const wanted = (header(given, 'accept-encoding') ?? '').toLowerCase().split(',');
  const codings = wanted.filter((coding) => !/;\s*q=0(?:\.0*)?\s*$/.test(coding));
  const names = codings.map((coding) => coding.split(';', 1)[0]?.trim());
  return acceptEncodings.filter((name) => names.includes(name)).join(',');
}
