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
   * The version of the edge's store after the last call, first that of the last holder. Absent if nobody knows it. A
   * version that is too old costs one call, which the store refuses.
   */
  version?: string | undefined;
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

  function held(first: string, version: string | undefined): HeldLease {
    let current = first;
    const lease: HeldLease = {
      version,
      async renew() {
        const next = randomUUID();
        const isOurs = (await store.swap(current, next)) !== false;
        if (isOurs) current = next;
        return isOurs;
      },
      async giveBack() {
        await store.swap(current, undefined, lease.version);
      },
    };
    return lease;
  }

  async function take(expected: string | undefined): Promise<HeldLease | undefined> {
    const number = randomUUID();
    const taken = await store.swap(expected, number);
    return taken ? held(number, taken.version) : undefined;
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
