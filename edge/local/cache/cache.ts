import type { HeaderFields } from '../viewer/answer.ts';

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
  const kept = new Map<string, CachedAnswer>();
  let bytes = 0;
  /** The key that was used last. The map already has this key at its end, so another use need not move it. */
  let newest: string | undefined;

  const sizeOf = (key: string, { body }: CachedAnswer) => key.length + body.length + OVERHEAD_BYTES;

  function remove(key: string): void {
    const answer = kept.get(key);
    if (!answer) return;
    kept.delete(key);
    bytes -= sizeOf(key, answer);
  }

  return {
    get(key) {
      const answer = kept.get(key);
      if (answer && key !== newest) {
        kept.delete(key);
        kept.set(key, answer);
        newest = key;
      }
      return answer;
    },
    set(key, answer) {
      remove(key);
      kept.set(key, answer);
      newest = key;
      bytes += sizeOf(key, answer);
      for (const oldest of kept.keys()) {
        if (bytes <= maxBytes) break;
        remove(oldest);
      }
    },
    delete: remove,
    invalidate(paths) {
      const meant = [...kept.keys()].filter((key) => paths.some((path) => isMeant(path, pathOf(key))));
      for (const key of meant) remove(key);
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
  const whole = key.slice(key.indexOf('/')).split('\n', 1)[0] ?? '';
  return whole.endsWith('?') ? whole.slice(0, -1) : whole;
}

export function isFresh({ storedAtMs, ttlSeconds }: CachedAnswer, nowMs: number): boolean {
  return nowMs < storedAtMs + ttlSeconds * 1_000;
}
