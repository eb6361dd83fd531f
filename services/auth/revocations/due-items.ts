import type { OwnKey } from '../domain/own-key.ts';
import type { Clock } from '../domain/ports.ts';
import type { Stores } from '../table/stores.ts';
import { isOfEdge, type SetAside } from './set-aside.ts';

/** The index of due items may show an older state for this long. */
const INDEX_LAG_MS = 500;

export interface DueItems {
  /**
   * The items that come next: first those for which somebody waits here, then those for which people wait anywhere, then
   * those of whose entry something has expired.
   * @param isFull in a full store, expired entries must make room. They then take no places of people, and come first
   */
  next(atEpoch: number, isFull: boolean): Promise<OwnKey[]>;
  /** The item is not due any more. The index may show it for a moment longer. */
  done(key: OwnKey, changes: number): void;
  /** Whether more people waited than the last batch could hold. */
  isCrowd(): boolean;
}

/**
 * Chooses which items the edge is told of next in one run of the writer. Items that are set aside take no place.
 * @param wanted items for which somebody waits here, each with the count of changes that the edge must know
 */
export function createDueItems(
  { due, clock, setAside }: { due: Stores['due']; clock: Clock; setAside: SetAside },
  wanted: () => ReadonlyMap<OwnKey, number>,
  maxBatch: number,
): DueItems {
  const done = new Map<OwnKey, { changes: number; atMs: number }>();
  let isCrowd = false;

  function wantedHere(): OwnKey[] {
    const longAgoMs = clock.monotonicMs() - INDEX_LAG_MS;
    for (const [key, { atMs }] of done) if (atMs < longAgoMs) done.delete(key);
    return [...wanted()]
      .filter(([key, change]) => (done.get(key)?.changes ?? 0) < change && !setAside.has(key))
      .map(([key]) => key)
      .slice(0, maxBatch);
  }

  return {
    async next(atEpoch, isFull) {
      const here = wantedHere();
      isCrowd = here.length >= maxBatch;
      const isPassedOver = (key: OwnKey) => done.has(key) || setAside.has(key) || here.includes(key);
      const untold = isCrowd ? [] : await due.untold(maxBatch - here.length, isPassedOver);
      const people = [...here, ...untold.map(({ key }) => key)];
      isCrowd = people.length >= maxBatch;
      const places = isFull ? maxBatch : maxBatch - people.length;
      const expired = places > 0 ? await due.expired(atEpoch, places, isPassedOver) : [];
      if (!isCrowd && expired.length < places) {
        const all = new Set<string>([...people, ...expired]);
        setAside.dropPast((item, step) => isOfEdge(step) && !all.has(item));
      }
      return [...people, ...expired];
    },
    done: (key, changes) => void done.set(key, { changes, atMs: clock.monotonicMs() }),
    isCrowd: () => isCrowd,
  };
}
