/**
 * When units of work are to start. Open: by the clock, whatever became of those before, at a rate with Poisson gaps, or all at
 * once. Closed: each worker starts its next unit when the one before has ended.
 */
export type Arrival = { ratePerSecond: number } | { burst: number } | { concurrency: number };

/**
 * Intended start times of an open loop, milliseconds from the beginning, in order.
 * @param uniform gives 0 ≤ u < 1
 */
export function* arrivals(
  arrival: { ratePerSecond: number } | { burst: number },
  untilMs: number,
  uniform: () => number,
): Generator<number> {
  if ('burst' in arrival) {
    for (let count = 0; count < arrival.burst; count++) yield 0;
    return;
  }
  const gapMs = () => (-Math.log(1 - uniform()) * 1_000) / arrival.ratePerSecond;
  for (let atMs = gapMs(); atMs < untilMs; atMs += gapMs()) yield atMs;
}
