/**
 * The start times of units of work. Open loop: by the clock, at a rate with Poisson gaps or all at once, whatever
 * happened to earlier units. Closed loop: each worker starts its next unit when its last one has ended.
 */
export type Arrival = { ratePerSecond: number } | { burst: number } | { concurrency: number };

/**
 * Intended start times of an open loop, in order, in milliseconds from the beginning.
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
