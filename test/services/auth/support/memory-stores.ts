import type { UserId } from '../../../../core/user-id.ts';
import type { Stores } from '../../../../services/auth/adapters/stores.ts';
import {
  EdgeRefusal,
  type OnceStore,
  type Pointer,
  type TokenStore,
  type UserStore,
} from '../../../../services/auth/domain/ports.ts';
import { type KnownUser, NEW_USER } from '../../../../services/auth/domain/user-record.ts';
import { createIndex, type IndexUpdate } from './due-index.ts';
import { createMemoryPointers } from './memory-pointers.ts';

const MAX_ENTRIES = 50;
const MAX_ENTRY_BYTES = 1_024;

export type MemoryStores = Omit<Stores, 'uploads'> & {
  /** Looks at the stores. They do not count as calls. */
  record(userId: UserId): KnownUser;
  entry(userId: UserId): string | undefined;
  marks(): { pointer: Pointer; issuedAtEpoch: number }[];
  /** Whether any work would be due if the index were up to date. */
  isAnythingDue(nowEpoch: number): boolean;
  /** What the edge's store holds at most. A write that makes it larger than that is refused. */
  room: { bytes: number };
  /** Deletes expired items. The table's time to live does this some time after their end. */
  forget(nowEpoch: number): void;
};

/**
 * The data that the adapters keep in DynamoDB and in the KeyValueStore, in memory. Each call takes effect at once, and
 * as a whole. The stores' suite demands the same of both kinds.
 * @param onIndex takes updates of the indexes, to apply them later
 */
export function createMemoryStores(
  onIndex: (update: IndexUpdate) => void = (update) => update(),
  maxEdgeBytes = Number.POSITIVE_INFINITY,
): MemoryStores {
  const records = new Map<UserId, KnownUser>();
  let entries = new Map<UserId, string>();
  const recordIndex = createIndex<UserId>(onIndex);
  const pointers = createMemoryPointers(createIndex<string>(onIndex));
  const tokens = createMemoryTokens();
  const used = new Map<string, number>();
  let holder: string | undefined;
  let edgeVersion = 0;

  const room = { bytes: maxEdgeBytes };

  const record = (userId: UserId) => records.get(userId) ?? { user: NEW_USER, version: 0 };

  const users: UserStore = {
    read: async (userId) => record(userId),
    async write(userId, version, user) {
      if (record(userId).version !== version) return false;
      records.set(userId, { user, version: version + 1 });
      const { told, changes, untoldSinceEpoch = 0, entryExpiresEpoch } = user;
      if (told < changes) recordIndex.set(userId, { kind: 'untold', atEpoch: untoldSinceEpoch });
      else if (entryExpiresEpoch === undefined) recordIndex.set(userId, undefined);
      else recordIndex.set(userId, { kind: 'expired', atEpoch: entryExpiresEpoch });
      return true;
    },
    untold: async (limit, isPassedOver = () => false) =>
      recordIndex
        .list('untold', Number.POSITIVE_INFINITY)
        .filter(({ key }) => !isPassedOver(key))
        .slice(0, limit)
        .map(({ key, atEpoch }) => ({ userId: key, untoldSinceEpoch: atEpoch })),
    expired: async (nowEpoch, limit, isPassedOver = () => false) =>
      recordIndex
        .list('expired', nowEpoch)
        .map(({ key }) => key)
        .filter((key) => !isPassedOver(key))
        .slice(0, limit),
  };

  const once: OnceStore = {
    async useOnce(hash, expiresAtEpoch) {
      if (used.has(hash)) return false;
      used.set(hash, expiresAtEpoch);
      return true;
    },
  };

  return {
    users,
    pointers: pointers.store,
    tokens: tokens.store,
    once,
    lease: {
      read: async () => holder,
      async swap(expected, next) {
        if (holder !== expected) return false;
        holder = next;
        return true;
      },
    },
    edge: {
      describe: async () => ({ version: String(edgeVersion), bytes: bytesOf(entries) }),
      async write(version, changes) {
        const isFit = changes.every(({ entry = '' }) => entry.length <= MAX_ENTRY_BYTES);
        const names = new Set(changes.map(({ userId }) => userId));
        if (changes.length === 0 || changes.length > MAX_ENTRIES || names.size < changes.length || !isFit) {
          throw new EdgeRefusal('invalid');
        }
        if (version !== String(edgeVersion)) return false;
        const after = new Map(entries);
        for (const { userId, entry } of changes) {
          if (entry === undefined) after.delete(userId);
          else after.set(userId, entry);
        }
        const bytes = bytesOf(after);
        if (bytes > Math.max(room.bytes, bytesOf(entries))) throw new EdgeRefusal('full');
        entries = after;
        edgeVersion++;
        return { version: String(edgeVersion), bytes };
      },
    },
    record,
    room,
    entry: (userId) => entries.get(userId),
    marks: pointers.marks,
    isAnythingDue: (nowEpoch) =>
      pointers.isAnyDue() ||
      [...records.values()].some(
        ({ user }) => user.told < user.changes || (user.entryExpiresEpoch ?? nowEpoch + 1) <= nowEpoch,
      ),
    forget(nowEpoch) {
      pointers.forget(nowEpoch);
      tokens.forget(nowEpoch);
      for (const [hash, endEpoch] of used) if (endEpoch <= nowEpoch) used.delete(hash);
    },
  };
}

function bytesOf(entries: ReadonlyMap<UserId, string>): number {
  let bytes = 0;
  for (const [userId, entry] of entries) bytes += userId.length + entry.length;
  return bytes;
}

function createMemoryTokens(): { store: TokenStore; forget(nowEpoch: number): void } {
  const items = new Map<string, { sealed: string; endEpoch: number; ticketHash?: string }>();
  return {
    store: {
      async put(sessionId, sealed, endEpoch) {
        items.set(sessionId, { sealed, endEpoch });
      },
      async read(sessionId) {
        const item = items.get(sessionId);
        return item?.ticketHash === undefined ? item?.sealed : undefined;
      },
      async replace(sessionId, sealed) {
        const item = items.get(sessionId);
        if (!item || item.ticketHash !== undefined) return false;
        items.set(sessionId, { ...item, sealed });
        return true;
      },
      async turnIntoTicket(sessionId, ticketHash, endEpoch) {
        const item = items.get(sessionId);
        if (item) items.set(sessionId, { ...item, endEpoch, ticketHash });
        return item !== undefined;
      },
      async take(sessionId, ticketHash, nowEpoch) {
        const item = items.get(sessionId);
        if (item?.ticketHash !== ticketHash) return undefined;
        items.delete(sessionId);
        return item.endEpoch > nowEpoch ? item.sealed : undefined;
      },
      async delete(sessionId) {
        items.delete(sessionId);
      },
    },
    forget(nowEpoch) {
      for (const [id, { endEpoch }] of items) if (endEpoch <= nowEpoch) items.delete(id);
    },
  };
}
