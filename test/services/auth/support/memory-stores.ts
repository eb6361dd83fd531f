import type { TeamId } from '../../../../core/owner.ts';
import type { UserId } from '../../../../core/user-id.ts';
import { EdgeRefusal, type EdgeStore } from '../../../../services/auth/edge/store.ts';
import { type KnownUser, NEW_USER, type UserRecord } from '../../../../services/auth/sessions/record.ts';
import { createClockGuard } from '../../../../services/auth/table/clock-guard.ts';
import type { Pointer } from '../../../../services/auth/table/pointer.ts';
import { parsePointerKey } from '../../../../services/auth/table/pointers.ts';
import { createStores, type Stores } from '../../../../services/auth/table/stores.ts';
import {
  dueAtEpoch,
  FORMAT,
  type Place,
  parseItem,
  type Table,
} from '../../../../services/auth/table/table.ts';
import type { Deletion } from '../../../../services/auth/teams/deletion.ts';
import type { KnownTeam, Team } from '../../../../services/auth/teams/team.ts';

const MAX_ENTRIES = 50;
const MAX_ENTRY_BYTES = 1_024;

/** For a schedule whose teams are not deleted. */
export const NO_DELETION: Deletion = { sweep: async () => 0 };

/** Brings an index up to date. On AWS this happens a while after the write. */
type IndexUpdate = () => void;

interface MemoryItem {
  item: object;
  version: number;
  due?: Place | undefined;
  ttl?: number | undefined;
  names?: Set<string>;
}

export interface MemoryTable extends Table {
  /** Looks at an item. It does not count as a call. */
  look<T extends object>(key: string): { item: T; version: number } | undefined;
  /** The items that are to be done by this time, if the index were up to date. */
  isAnythingDue(nowEpoch: number): boolean;
  keys(): string[];
  /** Deletes expired items. The table's time to live does this some time after their end. */
  forget(nowEpoch: number): void;
}

/**
 * A table in memory. Each call takes effect at once, and as a whole. `storesSuite` demands the same of DynamoDB.
 * @param onIndex takes updates of the index, to apply them later
 */
export function createMemoryTable(
  onIndex: (update: IndexUpdate) => void = (update) => update(),
): MemoryTable {
  const items = new Map<string, MemoryItem>();
  const places = new Map<string, { place: Place | undefined; number: number; atEpoch: number }>();
  let writes = 0;

  function put(key: string, item: MemoryItem | undefined): void {
    if (item) items.set(key, item);
    else items.delete(key);
    const number = ++writes;
    if (!item?.due && !places.has(key)) return;
    onIndex(() => {
      if ((places.get(key)?.number ?? 0) >= number) return;
      places.set(key, { place: item?.due, number, atEpoch: item?.due ? dueAtEpoch(item.due) : 0 });
    });
  }
  const look = <T extends object>(key: string) => {
    const found = items.get(key);
    return found && { item: parseItem<T>(found.item), version: found.version };
  };

  return {
    look,
    keys: () => [...items.keys()],
    isAnythingDue: (nowEpoch) => [...items.values()].some(({ due }) => due && dueAtEpoch(due) <= nowEpoch),
    forget(nowEpoch) {
      for (const [key, { ttl }] of items) if (ttl !== undefined && ttl <= nowEpoch) put(key, undefined);
    },

    read: async <T extends object>(key: string) => look<T>(key) ?? { item: undefined, version: 0 },
    async write(key, version, item, { due, ttl } = {}) {
      if ((items.get(key)?.version ?? 0) !== version) return false;
      put(key, { item: { format: FORMAT, ...item }, version: version + 1, due, ttl });
      return true;
    },
    async remove(key, version) {
      if (version !== undefined && items.get(key)?.version !== version) return false;
      put(key, undefined);
      return true;
    },
    async add(key, amounts, { most = {}, ttl } = {}) {
      const before: Record<string, number> = look<Record<string, number>>(key)?.item ?? {};
      const added = Object.entries(amounts).map(([name, by]) => [name, (before[name] ?? 0) + by] as const);
      if (added.some(([name, count]) => count > (most[name] ?? Number.POSITIVE_INFINITY))) return undefined;
      const item = { ...before, ...Object.fromEntries(added) };
      put(key, { item, version: 0, ttl: ttl ?? items.get(key)?.ttl });
      return item;
    },
    async addName(key, name, { most, ttl }) {
      const names = items.get(key)?.names ?? new Set();
      if (names.size >= most) return false;
      put(key, { item: {}, version: 0, ttl, names: names.add(name) });
      return true;
    },
    async removeNames(key, names) {
      for (const name of names) items.get(key)?.names?.delete(name);
    },
    names: async (key) => [...(items.get(key)?.names ?? [])],
    due: async (kind, limit, { untilEpoch = Number.POSITIVE_INFINITY, isPassedOver = () => false } = {}) =>
      [...places]
        .filter(
          ([key, { place, atEpoch }]) => place?.kind === kind && atEpoch <= untilEpoch && !isPassedOver(key),
        )
        .toSorted(([, a], [, b]) => a.atEpoch - b.atEpoch)
        .slice(0, limit)
        .map(([key, { place }]) => ({ key, sinceEpoch: place?.sinceEpoch ?? 0 })),
    async retryAt(key, kind, atEpoch) {
      const known = places.get(key);
      if (known?.place?.kind === kind) places.set(key, { ...known, atEpoch });
    },
    async *scan() {
      yield [...items].map(([key, { item }]) => ({ key, item }));
    },
  };
}

export interface MemoryEdge extends EdgeStore {
  entry(key: string): string | undefined;
  /** What the store holds at most. A write that makes it larger than that is refused. */
  room: { bytes: number };
}

/** The KeyValueStore in memory. */
export function createMemoryEdge(maxBytes = Number.POSITIVE_INFINITY): MemoryEdge {
  let entries = new Map<string, string>();
  let version = 0;
  const room = { bytes: maxBytes };
  return {
    room,
    entry: (key) => entries.get(key),
    describe: async () => ({ version: String(version), bytes: bytesOf(entries) }),
    async write(expected, changes) {
      const isFit = changes.every(({ entry = '' }) => entry.length <= MAX_ENTRY_BYTES);
      const names = new Set(changes.map(({ key }) => key));
      if (changes.length === 0 || changes.length > MAX_ENTRIES || names.size < changes.length || !isFit) {
        throw new EdgeRefusal('invalid');
      }
      if (expected !== String(version)) return false;
      const after = new Map(entries);
      for (const { key, entry } of changes) {
        if (entry === undefined) after.delete(key);
        else after.set(key, entry);
      }
      const bytes = bytesOf(after);
      if (bytes > Math.max(room.bytes, bytesOf(entries))) throw new EdgeRefusal('full');
      entries = after;
      version++;
      return { version: String(version), bytes };
    },
  };
}

function bytesOf(entries: ReadonlyMap<string, string>): number {
  let bytes = 0;
  for (const [key, entry] of entries) bytes += key.length + entry.length;
  return bytes;
}

export interface MemoryStores extends Stores, Pick<MemoryEdge, 'entry' | 'room'> {
  table: MemoryTable;
  /** Looks at the stores. They do not count as calls. */
  record(userId: UserId): KnownUser;
  team(teamId: TeamId): KnownTeam | undefined;
  marks(): { pointer: Pointer; issuedAtEpoch: number }[];
  isAnythingDue(nowEpoch: number): boolean;
  forget(nowEpoch: number): void;
}

/** Writers that meet do not wait for each other. */
const AT_ONCE = { now: Date.now, monotonicMs: () => 0, sleep: async () => {} };

/** The service's stores over a table and an edge's store in memory. */
export function createMemoryStores(
  onIndex?: (update: IndexUpdate) => void,
  maxEdgeBytes?: number,
): MemoryStores {
  const [table, edge] = [createMemoryTable(onIndex), createMemoryEdge(maxEdgeBytes)];
  const { entry, room } = edge;
  return {
    ...createStores({ table, edge, clock: AT_ONCE }, createClockGuard()),
    ...{ table, edge, entry, room },
    record(userId) {
      const { item, version = 0 } = table.look<UserRecord>(`user#${userId}`) ?? {};
      return { user: item ? { ...NEW_USER, ...item } : NEW_USER, version };
    },
    team(teamId) {
      const known = table.look<Team>(`team#${teamId}`);
      return known && { team: known.item, version: known.version };
    },
    marks: () =>
      table.keys().flatMap((key) => {
        const pointer = parsePointerKey(key);
        const { mark } = (pointer && table.look<{ mark?: number }>(key)?.item) ?? {};
        return pointer && mark !== undefined ? [{ pointer, issuedAtEpoch: mark }] : [];
      }),
    isAnythingDue: table.isAnythingDue,
    forget: table.forget,
  };
}
