import { randomBytes } from 'node:crypto';
import type { Clock, LeaseStore } from '../domain/ports.ts';

export interface HeldLease {
  /** Before each batch. @returns false where somebody else has taken the lease */
  renew(): Promise<boolean>;
  giveBack(): Promise<void>;
}

/**
 * The lease of the one writer to the edge. It only saves calls: two who both hold it are kept apart by the ETag of the
 * edge's store.
 * @param staleMs a holder whose number has not changed for this long has gone, by the clock of whoever looks
 */
export function createEdgeLease(store: LeaseStore, clock: Clock, staleMs: number) {
  let seen: { number: string; atMs: number } | undefined;

  function held(first: string): HeldLease {
    let current = first;
    return {
      async renew() {
        const next = newNumber();
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
    const number = newNumber();
    return (await store.swap(expected, number)) ? held(number) : undefined;
  }

  return {
    /** Takes the lease if it is free: one write, without a look. */
    takeFree: () => take(undefined),

    /** Looks at the lease, and takes it where it is free or its holder has gone. At most once a second: all look at one item. */
    async look(): Promise<HeldLease | undefined> {
      const number = await store.read();
      if (number === undefined) return take(undefined);
      if (seen?.number !== number) {
        seen = { number, atMs: clock.now() };
        return undefined;
      }
      return clock.now() - seen.atMs >= staleMs ? take(number) : undefined;
    },
  };
}

function newNumber(): string {
  return randomBytes(16).toString('base64url');
}
