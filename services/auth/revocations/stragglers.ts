import type { Clock } from '../domain/ports.ts';

/** How much longer than the faster half the slowest may take, in milliseconds. */
const PATIENCE_MS = 500;

/**
 * Waits for all, but leaves out the few that take much longer than the others. Their work goes on.
 * @param works they never fail
 * @returns the results; undefined for one that was left out
 */
export async function exceptStragglers<T extends object>(
  clock: Clock,
  works: readonly Promise<T>[],
): Promise<(T | undefined)[]> {
  const results: (T | undefined)[] = works.map(() => undefined);
  const [half, all] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let ended = 0;
  for (const [index, work] of works.entries()) {
    void work.then((result) => {
      results[index] = result;
      ended++;
      if (ended * 2 >= works.length) half.resolve();
      if (ended === works.length) all.resolve();
    });
  }
  if (works.length === 0) return [];
  await half.promise;
  if (ended < works.length) {
    const over = new AbortController();
    await Promise.race([all.promise, clock.sleep(PATIENCE_MS, over.signal)]);
    over.abort();
  }
  return [...results];
}
