import type { Clock } from '../domain/ports.ts';

/** What comes within that time; undefined where it takes longer. It goes on then, and how it ends is nobody's. */
export async function within<T>(
  clock: Clock,
  milliseconds: number,
  coming: Promise<T>,
): Promise<T | undefined> {
  const isThere = new AbortController();
  try {
    return await Promise.race([coming, clock.sleep(milliseconds, isThere.signal).then(() => undefined)]);
  } finally {
    isThere.abort();
    coming.catch(() => {});
  }
}
