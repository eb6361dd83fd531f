import type { EdgeKey } from './entry.ts';
import type { HeldLease } from './lease.ts';
import { EdgeRefusal, type EdgeStore } from './store.ts';

/** CloudFront takes at most this many keys in one update (DG: cloudfront-limits). */
export const MAX_BATCH = 50;
/**
 * After this many refusals in a row, the fault is the store's and not an entry's. Each call costs money. Finding one bad
 * entry among 50 takes seven.
 */
const MAX_REFUSALS = 12;

/** Keys that are written together if they fit, so that their item is confirmed after one update. */
export interface EdgeItem {
  keys: EdgeKey[];
}

/** A key, and its item. */
interface ItemKey<I> {
  key: EdgeKey;
  item: I;
}

export interface UpdateSteps<I> {
  /** Called before each further update. */
  mayGoOn(): Promise<boolean>;
  /** Called after each update, with the number of its keys and the items of which the store has taken all keys now. */
  onWritten(keys: number, whole: I[]): Promise<void>;
  /** The store does not take an entry of this item. */
  onRefused(item: I, refusal: EdgeRefusal): Promise<void>;
}

/**
 * Updates of the edge's store, each on the version that the one before left. An update is all or nothing. If the store
 * refuses one, its halves are tried, until the bad entry is alone.
 */
export function createEdgeUpdates<I extends EdgeItem>(
  edge: EdgeStore,
  lease: Pick<HeldLease, 'edgeVersion'>,
  steps: UpdateSteps<I>,
) {
  let isFull = false;
  let isOwnVersion = false;
  let refusals = 0;

  /** @returns false if the store has another version; a refusal if it takes none of these entries */
  async function update(part: ItemKey<I>[]): Promise<boolean | EdgeRefusal> {
    const { edgeVersion = '' } = lease;
    try {
      const entries = part.map(({ key: { key, entry } }) => ({ key, entry }));
      const answer = await edge.write(edgeVersion, entries);
      lease.edgeVersion = answer ? answer.version : undefined;
      isOwnVersion = true;
      return answer !== false;
    } catch (error) {
      if (error instanceof EdgeRefusal && isOwnVersion) return error;
      // The update may have taken effect. And the version of the last holder may be that of a store which was replaced
      // since: whether AWS calls that a conflict is unknown.
      lease.edgeVersion = undefined;
      if (error instanceof EdgeRefusal) return false;
      throw error;
    }
  }

  return {
    isFull: () => isFull,

    /** Reads the version, unless the last update or holder left it. Call this before the items are read. */
    async begin(): Promise<void> {
      if (lease.edgeVersion !== undefined) return;
      lease.edgeVersion = (await edge.describe()).version;
      isOwnVersion = true;
    },

    /**
     * @returns false if another process has written to the store since `begin`, or this one may not go on. The items must
     *   be read again
     */
    async write(items: I[]): Promise<boolean> {
      const parts = isFull ? roomFirst(items) : batches(items);
      const taken = new Set<EdgeKey>();
      let hasMadeRoom = false;
      for (let isFirst = true, part = parts.shift(); part; isFirst = false, part = parts.shift()) {
        if (!isFirst && !(await steps.mayGoOn())) return false;
        const answer = await update(part);
        if (answer === false) return false;
        if (answer === true) {
          refusals = 0;
          for (const { key } of part) taken.add(key);
          hasMadeRoom ||= part.some(({ key }) => key.isShrinking);
          const whole = new Set(part.map(({ item }) => item));
          await steps.onWritten(
            part.length,
            [...whole].filter(({ keys }) => keys.every((key) => taken.has(key))),
          );
          continue;
        }
        // The next batch begins with what makes room. Perhaps more of it is due.
        const isNews = answer.reason === 'full' && !isFull;
        isFull ||= isNews;
        if (isNews || (answer.reason === 'full' && hasMadeRoom)) return true;
        const [only] = part;
        if (only && part.length === 1) await steps.onRefused(only.item, answer);
        else parts.unshift(...chunks(part, Math.ceil(part.length / 2)));
        if (++refusals >= MAX_REFUSALS) throw answer;
      }
      return true;
    },
  };
}

function batches<I extends EdgeItem>(items: I[]): ItemKey<I>[][] {
  const parts: ItemKey<I>[][] = [];
  for (const item of items) {
    const keys = item.keys.map((key) => ({ key, item }));
    const last = parts.at(-1);
    if (last && last.length + keys.length <= MAX_BATCH) last.push(...keys);
    else parts.push(...chunks(keys, MAX_BATCH));
  }
  return parts;
}

/** What makes room in a full store, and then the others, the shortest first. */
function roomFirst<I extends EdgeItem>(items: I[]): ItemKey<I>[][] {
  const keys = items.flatMap((item) => item.keys.map((key) => ({ key, item })));
  const bytes = ({ key: { entry = '' } }: ItemKey<I>) => entry.length;
  return [
    ...chunks(
      keys.filter(({ key }) => key.isShrinking),
      MAX_BATCH,
    ),
    ...chunks(
      keys.filter(({ key }) => !key.isShrinking).toSorted((a, b) => bytes(a) - bytes(b)),
      MAX_BATCH,
    ),
  ];
}

function chunks<T>(all: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
