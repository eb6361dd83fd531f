import type { CachePolicy } from '../template/cache-policy.ts';
import { type HeaderFields, header } from '../viewer/answer.ts';

/** The parts of an answer that say how long it may be kept. */
interface Kept {
  status: number;
  headers: HeaderFields;
}

/** The errors that are kept if the origin names a lifetime (DG: HTTP status codes). */
const ERRORS_KEPT = [400, 403, 404, 405, 412, 414, 415, 500, 501, 502, 503, 504];

/** Redirects that are kept like objects (DG: request and response behavior, redirects). */
const REDIRECTS = [301, 302, 307, 308];

/**
 * How long the edge keeps an answer of the origin, in seconds (DG: expiration). Of the statuses below 400, a 200 and
 * redirects are kept: for the origin's time, within the policy's bounds. `no-store`, `no-cache` and `private` count as
 * 0, and the minimum raises that. An error is kept for ErrorCachingMinTTL, or longer if the origin says so. A 416 is
 * never kept.
 */
export function ttlSeconds(
  policy: CachePolicy,
  errorTtlSeconds: ReadonlyMap<number, number>,
  { status, headers }: Kept,
  nowMs: number,
): number {
  if (status < 400 && status !== 200 && !REDIRECTS.includes(status)) return 0;
  const said = saidSeconds(headers, nowMs);
  if (status === 416) return 0;
  if (status >= 400) {
    const named = ERRORS_KEPT.includes(status) ? (said ?? 0) : 0;
    return Math.max(errorTtlSeconds.get(status) ?? 0, named);
  }
  return Math.min(
    Math.max(said ?? policy.defaultTtlSeconds, policy.minTtlSeconds),
    Math.max(policy.maxTtlSeconds, policy.minTtlSeconds),
  );
}

/** Whether a policy keeps anything at all. */
export function keepsAnything({ minTtlSeconds, maxTtlSeconds }: CachePolicy): boolean {
  return Math.max(minTtlSeconds, maxTtlSeconds) > 0;
}

function saidSeconds(headers: HeaderFields, nowMs: number): number | undefined {
  const directives = (header(headers, 'cache-control') ?? '').toLowerCase();
  if (/(?:^|[\s,])(?:no-store|no-cache|private)\b/.test(directives)) return 0;
  const age = /s-maxage\s*=\s*"?(\d+)/.exec(directives) ?? /max-age\s*=\s*"?(\d+)/.exec(directives);
  if (age) return Number(age[1]);
  const expires = header(headers, 'expires');
  if (expires === undefined) return undefined;
  const epochMs = Date.parse(expires);
  return Number.isNaN(epochMs) ? 0 : Math.max(0, (epochMs - nowMs) / 1_000);
}
