import type { UserId } from '../../../core/user-id.ts';
import { EdgeRefusal, type EdgeStore } from '../domain/ports.ts';
import type { SetAside } from './set-aside.ts';

/** CloudFront takes at most this many keys in one update (DG: cloudfront-limits). */
export const MAX_BATCH = 50;
/**
 * After this many refusals in a row, the fault is the store's and not an entry's. Each call costs money. Finding one bad
 * entry among 50 takes seven.
 */
const MAX_REFUSALS = 12;

export interface DueEntry {
  userId: UserId;
  /** Undefined if the store must hold none. */
  entry: string | undefined;
  /** The edge knows all changes, and something has expired. So the entry goes, or becomes shorter. */
  isShrinking: boolean;
}

/**
 * Updates of the edge's store, each on the version that the one before left. An update is all or nothing. If the store
 * refuses one, its halves are tried, until the bad entry is alone and can be set aside.
 */
export function createEdgeUpdates<E extends DueEntry>(edge: EdgeStore, setAside: SetAside) {
  let version: string | undefined;
  let isFull = false;
  let refusals = 0;

  /** @returns false if the store has another version; a refusal if it takes none of these entries */
  async function update(on: string, entries: E[]): Promise<boolean | EdgeRefusal> {
    try {
      const answer = await edge.write(
        on,
        entries.map(({ userId, entry }) => ({ userId, entry })),
      );
      version = answer ? answer.version : undefined;
      return answer !== false;
    } catch (error) {
      if (error instanceof EdgeRefusal) return error;
      // The update may have taken effect.
      version = undefined;
      throw error;
    }
  }

  function refused(part: E[], refusal: EdgeRefusal): E[][] {
    const [only, ...others] = part;
    const isAlone = only !== undefined && others.length === 0;
    if (isAlone && !setAside.put(only.userId, refusal.reason, refusal)) throw refusal;
    refusals++;
    if (refusals >= MAX_REFUSALS) throw refusal;
    const middle = Math.ceil(part.length / 2);
    return isAlone ? [] : [part.slice(0, middle), part.slice(middle)];
  }

  return {
    isFull: () => isFull,

    /** Reads the version, unless the last update said it. Call this before the records of the entries are read. */
    async begin(): Promise<void> {
      version ??= (await edge.describe()).version;
    },

    /**
     * @param onWritten called with the entries of each update
     * @returns false if another process has written to the store since `begin`. The records must be read again
     */
    async write(entries: E[], onWritten: (written: E[]) => Promise<void>): Promise<boolean> {
      const shrinking = entries.filter((entry) => entry.isShrinking);
      const others = entries.filter((entry) => !entry.isShrinking);
      const parts = isFull ? [shrinking, others.toSorted(shortestFirst)] : [entries];
      let hasMadeRoom = false;
      for (let part = parts.shift(); part; part = parts.shift()) {
        if (part.length === 0) continue;
        if (version === undefined) return false;
        const answer = await update(version, part);
        if (answer === false) return false;
        if (answer === true) {
          refusals = 0;
          hasMadeRoom ||= part.some((entry) => entry.isShrinking);
          await onWritten(part);
          continue;
        }
        if (answer.reason === 'full') {
          // The next batch begins with what makes room. Perhaps more of it is due.
          const isNews = !isFull;
          isFull = true;
          if (isNews || (hasMadeRoom && part.every((entry) => !entry.isShrinking))) return true;
        }
        parts.unshift(...refused(part, answer));
      }
      return true;
    },
  };
}

function shortestFirst(a: DueEntry, b: DueEntry): number {
  return (a.entry?.length ?? 0) - (b.entry?.length ?? 0);
}
