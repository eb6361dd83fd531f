import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { Clock, UserStore } from '../domain/ports.ts';
import type { SetAside } from './set-aside.ts';

/** The index of due records may show an older state for this long. */
const INDEX_LAG_MS = 500;

export interface DueUsers {
  /**
   * The users who come next: first those for whom somebody waits here, then those for whom people wait anywhere, then
   * those of whose entry something has expired.
   * @param isFull in a full store, expired entries must make room. They then take no places of people, and come first
   */
  next(atEpoch: number, isFull: boolean): Promise<UserId[]>;
  /** The user is not due any more. The index may show the user for a moment longer. */
  done(userId: UserId, changes: number): void;
  /** Whether more people waited than the last batch could hold. */
  isCrowd(): boolean;
}

/**
 * Chooses who is told next in one run of the writer. Users who are set aside take no place.
 * @param wanted users for whom somebody waits here, each with the count of changes that the edge must know
 */
export function createDueUsers(
  { users, clock, setAside }: { users: UserStore; clock: Clock; setAside: SetAside },
  wanted: () => ReadonlyMap<UserId, number>,
  maxBatch: number,
): DueUsers {
  const done = new Map<UserId, { changes: number; atMs: number }>();
  let isCrowd = false;

  function wantedHere(): UserId[] {
    const longAgoMs = clock.monotonicMs() - INDEX_LAG_MS;
    for (const [userId, { atMs }] of done) if (atMs < longAgoMs) done.delete(userId);
    return [...wanted()]
      .filter(([userId, change]) => (done.get(userId)?.changes ?? -1) < change && !setAside.has(userId))
      .map(([userId]) => userId)
      .slice(0, maxBatch);
  }

  return {
    async next(atEpoch, isFull) {
      const here = wantedHere();
      isCrowd = here.length >= maxBatch;
      if (isCrowd && !isFull) return here;
      const isPassedOver = (userId: UserId) =>
        done.has(userId) || setAside.has(userId) || here.includes(userId);
      const untold = isCrowd ? [] : await users.untold(maxBatch - here.length, isPassedOver);
      const people = [...here, ...untold.map(({ userId }) => userId)];
      isCrowd = people.length >= maxBatch;
      const places = isFull ? maxBatch : maxBatch - people.length;
      const expired = places > 0 ? await users.expired(atEpoch, places, isPassedOver) : [];
      if (!isCrowd && expired.length < places) {
        const due = new Set<string>([...people, ...expired]);
        setAside.dropPast((item, step) => step !== 'logout' && !due.has(item));
      }
      return [...people, ...expired];
    },
    done: (userId, changes) => void done.set(userId, { changes, atMs: clock.monotonicMs() }),
    isCrowd: () => isCrowd,
  };
}
