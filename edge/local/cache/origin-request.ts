import { isHopByHop } from '../functions/function-event.ts';
import type { PassedRequest } from '../functions/function-result.ts';
import type { CachePolicy } from '../template/cache-policy.ts';
import type { OriginRequestPolicy } from '../template/origin-request-policy.ts';
import { header } from '../viewer/answer.ts';
import { type CacheKey, keptValues } from './cache-key.ts';

export interface Forwarding {
  cachePolicy: CachePolicy;
  originRequestPolicy?: OriginRequestPolicy;
}

/** The query parameters by which S3 changes the headers of its answer. */
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
  { cachePolicy, originRequestPolicy: policy }: Forwarding,
  { query, headers: ofKey }: CacheKey,
  passed: PassedRequest,
  { method, isS3 }: { method: string; isS3: boolean },
): ForOrigin {
  const { takesCookie } = cachePolicy;
  if (!policy && !takesCookie) return { query, headers: ofKey };
  const headers: Record<string, string> = {};
  for (const name of passed.headers.keys()) {
    if (NEVER.test(name) || isHopByHop(name) || (isS3 && name === 'host')) continue;
    const isGenerated = name.startsWith('cloudfront-');
    const isTaken = isGenerated ? policy?.generated.includes(name) : policy?.takesHeader(name, method);
    if (isTaken) headers[name] = header(passed.headers, name) ?? '';
  }
  const cookies = keptValues(
    (name) => takesCookie?.(name) === true || policy?.takesCookie(name) === true,
    passed.cookies ?? {},
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
    const isOverride = isS3 && policy.isWithoutS3Overrides && S3_OVERRIDES.includes(name);
    return !isOverride && policy.takesQueryString(name);
  };
  return keptValues(isKept, querystring).join('&');
}
