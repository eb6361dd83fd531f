import { createRecentlyUsed } from '../recently-used.ts';
import type { CachePolicy } from '../template/request-policies.ts';
import { type HeaderFields, header } from '../viewer/answer.ts';

/** An answer of the origin that the edge keeps: a whole object, or an error. */
export interface CachedAnswer {
  status: number;
  headers: HeaderFields;
  body: Buffer;
  storedAtMs: number;
  ttlSeconds: number;
}

/** The objects that the edge keeps, bounded in bytes. The least recently used object goes first. */
export interface Cache {
  get(key: string): CachedAnswer | undefined;
  set(key: string, answer: CachedAnswer): void;
  delete(key: string): void;
  /**
   * Drops the objects below paths, and gives their number. A path may end with `*`. The query counts as a part of the
   * path, if it is in the key.
   */
  invalidate(paths: readonly string[]): number;
}

/** A rough size of the headers of one object, in bytes. */
const OVERHEAD_BYTES = 1_024;

export function createCache(maxBytes: number): Cache {
  const kept = createRecentlyUsed<CachedAnswer>({ bytes: maxBytes });
  return {
    get: kept.get,
    set: (key, answer) => kept.set(key, answer, key.length + answer.body.length + OVERHEAD_BYTES),
    delete: kept.delete,
    invalidate(paths) {
      const meant = [...kept.keys()].filter((key) => paths.some((path) => isMeant(path, pathOf(key))));
      for (const key of meant) kept.delete(key);
      return meant.length;
    },
  };
}

function isMeant(meant: string, path: string): boolean {
  const whole = meant.startsWith('/') ? meant : `/${meant}`;
  return whole.endsWith('*') ? path.startsWith(whole.slice(0, -1)) : path === whole;
}

/**
 * The path and the query of a key. The behavior's part comes before the path. Every part after the query begins with a
 * line feed.
 */
function pathOf(key: string): string {
  const whole = key.slice(key.indexOf('/')).split('\n')[0] ?? '';
  return whole.endsWith('?') ? whole.slice(0, -1) : whole;
}

export function isFresh({ storedAtMs, ttlSeconds }: CachedAnswer, nowMs: number): boolean {
  return nowMs < storedAtMs + ttlSeconds * 1_000;
}

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
  policy: Pick<CachePolicy, 'MinTTL' | 'DefaultTTL' | 'MaxTTL'>,
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
  return Math.min(Math.max(said ?? policy.DefaultTTL, policy.MinTTL), Math.max(policy.MaxTTL, policy.MinTTL));
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
