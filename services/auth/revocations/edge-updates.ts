import type { OwnKey } from '../domain/own-key.ts';
import { EdgeRefusal, type EdgeStore } from '../domain/ports.ts';
import type { EdgeKey } from '../domain/revocation-entry.ts';
import type { HeldLease } from './edge-lease.ts';
import type { SetAside } from './set-aside.ts';

/** CloudFront takes at most this many keys in one update (DG: cloudfront-limits). */
export const MAX_BATCH = 50;
/**
 * After this many refusals in a row, the fault is the store's and not an entry's. Each call costs money. Finding one bad
 * entry among 50 takes seven.
 */
const MAX_REFUSALS = 12;

/** Something of which the edge must be told: the record of a user, or the item of a team. */
export interface DueItem {
  ownKey: OwnKey;
  /** The keys that must be written. The edge is told of the item when it has taken all of them. */
  keys: EdgeKey[];
  /** Notes in the item that the edge has taken all keys. */
  noted(): Promise<void>;
}

/** One key, and its item. */
type DueKey = EdgeKey & { item: DueItem };

/**
 * Updates of the edge's store, each on the version that the one before left. An update is all or nothing. If the store
 * refuses one, its halves are tried, until the bad entry is alone, and its item can be set aside.
 */
export function createEdgeUpdates(
  edge: EdgeStore,
  lease: Pick<HeldLease, 'edgeVersion'>,
  setAside: SetAside,
) {
  const versioned = createVersionedEdge(edge, lease);
  let isFull = false;
  let refusals = 0;
  const aside = new WeakSet<DueItem>();
  const hasShrunk = new Set<string>();

  /** Sets an item aside once, since each time doubles its pause. Several of its keys may be refused. */
  function setItemAside(item: DueItem, refusal: EdgeRefusal): void {
    if (aside.has(item)) return;
    aside.add(item);
    if (!setAside.put(item.ownKey, refusal.reason, refusal)) throw refusal;
  }

  /**
   * Whether an update may have made room. A key counts once: an item that is never noted would make the same room again
   * and again.
   */
  function makesRoom(part: DueKey[]): boolean {
    const before = hasShrunk.size;
    for (const { key, isShrinking } of part) if (isShrinking) hasShrunk.add(key);
    return hasShrunk.size > before;
  }

  /** @returns what is tried next: nothing if the bad entry is alone */
  function refused(part: DueKey[], refusal: EdgeRefusal): DueKey[][] {
    const [only, ...others] = part;
    const isAlone = only !== undefined && others.length === 0;
    if (isAlone) setItemAside(only.item, refusal);
    refusals++;
    if (refusals >= MAX_REFUSALS) throw refusal;
    return isAlone ? [] : halves(part);
  }

  return {
    isFull: () => isFull,

    /** Reads the version, unless the last update of this or the last holder said it. Call this before the items are read. */
    begin: () => versioned.begin(),

    /**
     * @param steps.mayGoOn called before each further update
     * @param steps.onWritten called after each update, with the number of its keys and the items of which the store has
     *   taken all keys now
     * @returns false if another process has written to the store since `begin`, or this one may not go on. The items
     *   must be read again
     */
    async write(items: DueItem[], { mayGoOn, onWritten }: UpdateSteps): Promise<boolean> {
      const parts = isFull ? roomFirst(items) : batches(items);
      const withTaken = createTaken();
      let hasMadeRoom = false;
      for (let part = parts.shift(), isFirst = true; part; part = parts.shift(), isFirst = false) {
        if (!isFirst && !(await mayGoOn())) return false;
        const answer = await versioned.update(part);
        if (answer === false) return false;
        if (answer === true) {
          refusals = 0;
          if (makesRoom(part)) hasMadeRoom = true;
          await onWritten(part.length, withTaken(part));
          continue;
        }
        if (answer.reason === 'full') {
          // The next batch begins with what makes room. Perhaps more of it is due.
          const isNews = !isFull;
          isFull = true;
          if (isNews || hasMadeRoom) return true;
        }
        parts.unshift(...refused(part, answer));
      }
      return true;
    },
  };
}

interface UpdateSteps {
  mayGoOn(): Promise<boolean>;
  onWritten(keys: number, whole: DueItem[]): Promise<void>;
}

/** The result is called with the keys of each update, and returns the items of which all keys are taken now. */
function createTaken() {
  const taken = new Set<string>();
  return (part: DueKey[]): DueItem[] => {
    for (const { key } of part) taken.add(key);
    const items = new Set(part.map(({ item }) => item));
    return [...items].filter(({ keys }) => keys.every(({ key }) => taken.has(key)));
  };
}

/** The edge's store, with the version that its last call left. */
function createVersionedEdge(edge: EdgeStore, lease: Pick<HeldLease, 'edgeVersion'>) {
  let isOwn = false;
  return {
    async begin(): Promise<void> {
      if (lease.edgeVersion !== undefined) return;
      lease.edgeVersion = (await edge.describe()).version;
      isOwn = true;
    },

    /** @returns false if the store has another version; a refusal if it takes none of these entries */
    async update(keys: readonly EdgeKey[]): Promise<boolean | EdgeRefusal> {
      if (lease.edgeVersion === undefined) throw new Error('begin was not called');
      try {
        const answer = await edge.write(
          lease.edgeVersion,
          keys.map(({ key, entry }) => ({ key, entry })),
        );
        lease.edgeVersion = answer ? answer.version : undefined;
        isOwn = true;
        return answer !== false;
      } catch (error) {
        if (error instanceof EdgeRefusal && isOwn) return error;
        // The update may have taken effect. And the version of the last holder may be that of a store which was replaced
        // since: whether AWS calls that a conflict is unknown.
        lease.edgeVersion = undefined;
        if (error instanceof EdgeRefusal) return false;
        throw error;
      }
    },
  };
}

/**
 * The keys in updates of at most `MAX_BATCH`. The keys of an item share one update if they fit, so that the item is
 * noted after it. An item with more keys than that needs several.
 */
function batches(items: DueItem[]): DueKey[][] {
  const parts: DueKey[][] = [];
  for (const item of items) {
    const keys = item.keys.map((key) => ({ ...key, item }));
    const last = parts.at(-1);
    if (last && last.length + keys.length <= MAX_BATCH) last.push(...keys);
    else parts.push(...chunks(keys));
  }
  return parts;
}

/** What makes room in a full store, and then the others, the shortest first. */
function roomFirst(items: DueItem[]): DueKey[][] {
  const keys = items.flatMap((item) => item.keys.map((key) => ({ ...key, item })));
  const others = keys.filter(({ isShrinking }) => !isShrinking);
  const bytes = ({ entry = '' }: DueKey) => entry.length;
  return [
    ...chunks(keys.filter(({ isShrinking }) => isShrinking)),
    ...chunks(others.toSorted((a, b) => bytes(a) - bytes(b))),
  ];
}

function chunks(keys: DueKey[]): DueKey[][] {
  const count = Math.ceil(keys.length / MAX_BATCH);
  return Array.from({ length: count }, (_, i) => keys.slice(i * MAX_BATCH, (i + 1) * MAX_BATCH));
}

function halves(part: DueKey[]): DueKey[][] {
  const middle = Math.ceil(part.length / 2);
  return [part.slice(0, middle), part.slice(middle)];
}
