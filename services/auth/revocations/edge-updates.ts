import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
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
  const versioned = createVersionedEdge(edge);
  let isFull = false;
  let refusals = 0;

  /** @returns what is tried next: nothing if the bad entry is alone */
  function refused(part: E[], refusal: EdgeRefusal): E[][] {
    const [only, ...others] = part;
    const isAlone = only !== undefined && others.length === 0;
    if (isAlone && !setAside.put(only.userId, refusal.reason, refusal)) throw refusal;
    refusals++;
    if (refusals >= MAX_REFUSALS) throw refusal;
    return isAlone ? [] : halves(part);
  }

  return {
    isFull: () => isFull,

    /** Reads the version, unless the last update said it. Call this before the records of the entries are read. */
    begin: () => versioned.begin(),

    /**
     * @param onWritten called with the entries of each update
     * @returns false if another process has written to the store since `begin`. The records must be read again
     */
    async write(entries: E[], onWritten: (written: E[]) => Promise<void>): Promise<boolean> {
      const parts = isFull ? roomFirst(entries) : [entries];
      let hasMadeRoom = false;
      for (let part = parts.shift(); part; part = parts.shift()) {
        if (part.length === 0) continue;
        const answer = await versioned.update(part);
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

/** The edge's store, with the version that its last call left. */
function createVersionedEdge(edge: EdgeStore) {
  let version: string | undefined;
  return {
    async begin(): Promise<void> {
      version ??= (await edge.describe()).version;
    },

    /** @returns false if the store has another version; a refusal if it takes none of these entries */
    async update(entries: readonly DueEntry[]): Promise<boolean | EdgeRefusal> {
      if (version === undefined) return false;
      try {
        const written = entries.map(({ userId, entry }) => ({ userId, entry }));
        const answer = await edge.write(version, written);
        version = answer ? answer.version : undefined;
        return answer !== false;
      } catch (error) {
        if (error instanceof EdgeRefusal) return error;
        // The update may have taken effect.
        version = undefined;
        throw error;
      }
    },
  };
}

/** What makes room in a full store, and then the others, the shortest first. */
function roomFirst<E extends DueEntry>(entries: E[]): E[][] {
  const others = entries.filter((entry) => !entry.isShrinking);
  const bytes = ({ entry = '' }: E) => entry.length;
  return [entries.filter((entry) => entry.isShrinking), others.toSorted((a, b) => bytes(a) - bytes(b))];
}

function halves<E>(part: E[]): E[][] {
  const middle = Math.ceil(part.length / 2);
  return [part.slice(0, middle), part.slice(middle)];
}
