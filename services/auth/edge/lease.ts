import type { Clock } from '../table/clock.ts';
import type { Stores } from '../table/stores.ts';

export interface HeldLease {
  /**
   * The version of the edge's store after the last call, first that of the last holder. Absent if nobody knows it. A
   * version that is too old costs one call, which the store refuses.
   */
  edgeVersion?: string | undefined;
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
 * @param staleMs if the holder does not write the lease for this long, the holder counts as gone; the clock of the process
 *   that looks decides
 * @returns takes the lease if it is free or its holder has gone. All processes look at the same item, so callers pause
 *   between two looks
 */
export function createEdgeLease(store: Stores['lease'], clock: Clock, staleMs: number) {
  let seen: { version: number; atMs: number } | undefined;

  return async (): Promise<HeldLease | undefined> => {
    const { isHeld, version, edgeVersion } = await store.read();
    const nowMs = clock.monotonicMs();
    if (isHeld && seen?.version !== version) {
      seen = { version, atMs: nowMs };
      return undefined;
    }
    if (isHeld && nowMs - (seen?.atMs ?? nowMs) < staleMs) return undefined;
    if (!(await store.write(version, { isHeld: true }))) return undefined;
    let current = version + 1;
    const lease: HeldLease = {
      edgeVersion,
      async renew() {
        const isOurs = await store.write(current, { isHeld: true });
        if (isOurs) current++;
        return isOurs;
      },
      async giveBack() {
        await store.write(current, { isHeld: false, edgeVersion: lease.edgeVersion });
      },
    };
    return lease;
  };
}
