import type { Clock } from './clock.ts';

/**
 * The result of `coming`, or undefined if `coming` takes longer than `milliseconds`. The work then goes on, and its
 * outcome is ignored.
 */
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
