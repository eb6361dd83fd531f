import { randomUUID } from 'node:crypto';
import type { Clock, LeaseStore } from '../domain/ports.ts';

export interface EdgeLease {
  /** Takes the lease if it is free: one write, without a look. */
  takeFree(): Promise<HeldLease | undefined>;
  /**
   * Looks at the lease, and takes it if it is free or its holder has gone. All processes look at the same item, so
   * callers pause between two looks.
   */
  look(): Promise<HeldLease | undefined>;
}

export interface HeldLease {
  /**
   * Called before each batch.
   * @returns false if another process has taken the lease
   */
  renew(): Promise<boolean>;
  giveBack(): Promise<void>;
}

/**
 * The lease is the right to write to the edge's store. One process at a time has it: the writer. It only saves calls:
 * if two processes hold it, the ETag of the edge's store keeps their writes apart.
 * @param staleMs if the holder's number does not change for this long, the holder counts as gone; the clock of the
 *   process that looks decides
 */
export function createEdgeLease(store: LeaseStore, clock: Clock, staleMs: number): EdgeLease {
  let seen: { number: string; atMs: number } | undefined;

  function held(first: string): HeldLease {
    let current = first;
    return {
      async renew() {
        const next = randomUUID();
        const isOurs = await store.swap(current, next);
        if (isOurs) current = next;
        return isOurs;
      },
      async giveBack() {
        await store.swap(current, undefined);
      },
    };
  }

  async function take(expected: string | undefined): Promise<HeldLease | undefined> {
    const number = randomUUID();
    return (await store.swap(expected, number)) ? held(number) : undefined;
  }

  return {
    takeFree: () => take(undefined),
    async look() {
      const number = await store.read();
      if (number === undefined) return take(undefined);
      const nowMs = clock.monotonicMs();
      if (seen?.number !== number) {
        seen = { number, atMs: nowMs };
        return undefined;
      }
      return nowMs - seen.atMs >= staleMs ? take(number) : undefined;
    },
  };
}
