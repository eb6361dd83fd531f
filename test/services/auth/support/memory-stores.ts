import { defined } from '../../../../core/defined.ts';
import type { TeamId } from '../../../../core/owner.ts';
import type { UserId } from '../../../../core/user-id.ts';
import { dueInTeamsSinceEpoch } from '../../../../services/auth/domain/due-in-teams.ts';
import type { LinkCaps, LinkStore } from '../../../../services/auth/domain/link.ts';
import { type OwnKey, ownerOfKey, sharesKey } from '../../../../services/auth/domain/own-key.ts';
import type { Pointer } from '../../../../services/auth/domain/pointer.ts';
import {
  type DueStore,
  EdgeRefusal,
  type OnceStore,
  type PointerStore,
  type Stores,
  type TokenStore,
  type UserStore,
} from '../../../../services/auth/domain/ports.ts';
import { isDue } from '../../../../services/auth/domain/revocation-entry.ts';
import {
  type KnownTeam,
  settlesSinceEpoch,
  sweepsAtEpoch,
  type Team,
  type TeamStore,
} from '../../../../services/auth/domain/team.ts';
import { type KnownUser, NEW_USER } from '../../../../services/auth/domain/user-record.ts';
import type { Deletion } from '../../../../services/auth/teams/deletion.ts';

const MAX_ENTRIES = 50;
const MAX_ENTRY_BYTES = 1_024;
const MAX_USERS = 100;
const DAY_SECONDS = 24 * 60 * 60;

/** For a schedule whose teams are not deleted. */
export const NO_DELETION: Deletion = { sweep: async () => 0 };

export type MemoryStores = Omit<Stores, 'uploads' | 'moves'> & {
  /** Looks at the stores. They do not count as calls. */
  record(userId: UserId): KnownUser;
  team(teamId: TeamId): KnownTeam | undefined;
  entry(key: string): string | undefined;
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
  let entries = new Map<string, string>();
  const index = createIndex<OwnKey>(onIndex);
  const teams = createMemoryTeams(index);
  const pointers = createMemoryPointers(createIndex<string>(onIndex));
  const tokens = createMemoryTokens();
  const used = new Map<string, number>();
  let holder: string | undefined;
  /** What the last holder of the lease left. */
  let left: { version?: string } = {};
  let lastNumber = 0;
  let edgeVersion = 0;

  const room = { bytes: maxEdgeBytes };

  const record = (userId: UserId) => records.get(userId) ?? { user: NEW_USER, version: 0 };

  const users: UserStore = {
    read: async (userId) => record(userId),
    async write(userId, version, user) {
      if (record(userId).version !== version) return false;
      records.set(userId, { user, version: version + 1 });
      const { told, changes, untoldSinceEpoch = 0, entryExpiresEpoch } = user;
      const inTeamsEpoch = dueInTeamsSinceEpoch(user);
      if (told < changes) index.set(userId, { kind: 'untold', atEpoch: untoldSinceEpoch });
      else if (inTeamsEpoch !== undefined) index.set(userId, { kind: 'in-teams', atEpoch: inTeamsEpoch });
      else if (entryExpiresEpoch === undefined) index.set(userId, undefined);
      else index.set(userId, { kind: 'expired', atEpoch: entryExpiresEpoch });
      return true;
    },
  };

  const due: DueStore = {
    untold: async (limit, isPassedOver = () => false) =>
      index
        .list('untold', Number.POSITIVE_INFINITY)
        .filter(({ key }) => !isPassedOver(key))
        .slice(0, limit)
        .map(({ key, atEpoch }) => ({ key, untoldSinceEpoch: atEpoch })),
    expired: async (nowEpoch, limit, isPassedOver = () => false) =>
      index
        .list('expired', nowEpoch)
        .map(({ key }) => key)
        .filter((key) => !isPassedOver(key))
        .slice(0, limit),
    inTeams: async (limit, isPassedOver = () => false) =>
      index
        .list('in-teams', Number.POSITIVE_INFINITY)
        .flatMap(({ key }) => {
          const { kind, id } = ownerOfKey(key);
          return kind === 'user' && !isPassedOver(id) ? id : [];
        })
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
    due,
    teams: teams.store,
    links: createMemoryLinks(),
    numbers: {
      next: async (last) => (lastNumber < last ? ++lastNumber : undefined),
      async skip(count) {
        lastNumber += count;
      },
    },
    pointers: pointers.store,
    tokens: tokens.store,
    once,
    lease: {
      read: async () => holder,
      async swap(expected, next, version) {
        if (holder !== expected) return false;
        holder = next;
        if (next === undefined) left = defined({ version });
        return left;
      },
    },
    edge: {
      describe: async () => ({ version: String(edgeVersion), bytes: bytesOf(entries) }),
      async write(version, changes) {
        const isFit = changes.every(({ entry = '' }) => entry.length <= MAX_ENTRY_BYTES);
        const names = new Set(changes.map(({ key }) => key));
        if (changes.length === 0 || changes.length > MAX_ENTRIES || names.size < changes.length || !isFit) {
          throw new EdgeRefusal('invalid');
        }
        if (version !== String(edgeVersion)) return false;
        const after = new Map(entries);
        for (const { key, entry } of changes) {
          if (entry === undefined) after.delete(key);
          else after.set(key, entry);
        }
        const bytes = bytesOf(after);
        if (bytes > Math.max(room.bytes, bytesOf(entries))) throw new EdgeRefusal('full');
        entries = after;
        edgeVersion++;
        return { version: String(edgeVersion), bytes };
      },
    },
    record,
    team: teams.find,
    room,
    entry: (key) => entries.get(key),
    marks: pointers.marks,
    isAnythingDue: (nowEpoch) =>
      pointers.isAnyDue() ||
      teams.isAnyDue(nowEpoch) ||
      [...records.values()].some(({ user }) => isDue(user, nowEpoch) || user.dueInTeams.length > 0),
    forget(nowEpoch) {
      pointers.forget(nowEpoch);
      tokens.forget(nowEpoch);
      for (const [hash, endEpoch] of used) if (endEpoch <= nowEpoch) used.delete(hash);
    },
  };
}

function bytesOf(entries: ReadonlyMap<string, string>): number {
  let bytes = 0;
  for (const [key, entry] of entries) bytes += key.length + entry.length;
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

/** Teams' items in memory; see `createMemoryStores`. */
function createMemoryTeams(index: DueIndex<OwnKey>) {
  const items = new Map<TeamId, KnownTeam>();
  const store: TeamStore = {
    read: async (teamId) => items.get(teamId),
    async write(teamId, version, team) {
      if ((items.get(teamId)?.version ?? 0) !== version) return false;
      items.set(teamId, { team, version: version + 1 });
      const { told, changes, untoldSinceEpoch = 0, entryExpiresEpoch } = team;
      const settlesEpoch = settlesSinceEpoch(team);
      const sweepsEpoch = sweepsAtEpoch(team);
      const key = sharesKey(teamId);
      if (told < changes) index.set(key, { kind: 'untold', atEpoch: untoldSinceEpoch });
      else if (settlesEpoch !== undefined) index.set(key, { kind: 'team', atEpoch: settlesEpoch });
      else if (sweepsEpoch !== undefined && sweepsEpoch <= (entryExpiresEpoch ?? sweepsEpoch))
        index.set(key, { kind: 'sweep', atEpoch: sweepsEpoch });
      else if (entryExpiresEpoch === undefined) index.set(key, undefined);
      else index.set(key, { kind: 'expired', atEpoch: entryExpiresEpoch });
      return true;
    },
    due: async (limit, isPassedOver = () => false) =>
      [...index.list('team', Number.POSITIVE_INFINITY), ...index.list('untold', Number.POSITIVE_INFINITY)]
        .flatMap(({ key }) => {
          const { kind, id } = ownerOfKey(key);
          return kind === 'team' && !isPassedOver(id) ? id : [];
        })
        .slice(0, limit),
    toSweep: async (nowEpoch, limit, isPassedOver = () => false) =>
      index
        .list('sweep', nowEpoch)
        .flatMap(({ key }) => {
          const { kind, id } = ownerOfKey(key);
          return kind === 'team' && !isPassedOver(id) ? id : [];
        })
        .slice(0, limit),
  };
  return {
    store,
    find: (teamId: TeamId) => items.get(teamId),
    isAnyDue: (nowEpoch: number) => [...items.values()].some(({ team }) => isTeamDue(team, nowEpoch)),
  };
}

function isTeamDue(team: Team, nowEpoch: number): boolean {
  const isToSweep = (sweepsAtEpoch(team) ?? Number.POSITIVE_INFINITY) <= nowEpoch;
  return settlesSinceEpoch(team) !== undefined || isDue(team, nowEpoch) || isToSweep;
}

/** What is counted for links, in memory; see `createMemoryStores`. */
function createMemoryLinks(): LinkStore {
  const taken = new Map<string, LinkCaps>();
  const tries = new Map<string, Set<string>>();
  return {
    async takeRoom(hash, bytes, caps) {
      const { files, bytes: before } = taken.get(hash) ?? { files: 0, bytes: 0 };
      if (files >= caps.files || before + bytes > caps.bytes) return false;
      taken.set(hash, { files: files + 1, bytes: before + bytes });
      return true;
    },
    takenRoom: async (hash) => taken.get(hash) ?? { files: 0, bytes: 0 },
    keepRoom: async () => {},
    async addTry(key, name, most) {
      const noted = tries.get(key) ?? new Set();
      if (noted.size >= most) return false;
      tries.set(key, noted.add(name));
      return true;
    },
    readTries: async (key) => [...(tries.get(key) ?? [])],
    async removeTries(key, names) {
      for (const name of names) tries.get(key)?.delete(name);
    },
  };
}

interface PointerItem {
  users: Map<UserId, number>;
  mark?: number;
  isDue: boolean;
  /** Absent while a logout is due. */
  endEpoch?: number | undefined;
}

/** Pointers in memory; see `createMemoryStores`. */
function createMemoryPointers(index: DueIndex<string>) {
  const items = new Map<string, PointerItem>();
  const nameOf = ({ kind, hash }: Pointer) => `${kind}#${hash}`;
  const itemOf = (pointer: Pointer): PointerItem =>
    items.get(nameOf(pointer)) ?? { users: new Map(), isDue: false };
  const answerOf = ({ mark = 0, isDue, users }: PointerItem) => ({
    mark: { issuedAtEpoch: mark },
    isDue,
    userIds: [...users.keys()],
  });

  const store: PointerStore = {
    async join(pointer, userId, { issuedAtEpoch, expiresAtEpoch }, nowEpoch) {
      const item = itemOf(pointer);
      const isMarked = item.mark !== undefined && (pointer.kind === 'sid' || item.mark >= issuedAtEpoch);
      if (isMarked) return 'ended';
      items.set(nameOf(pointer), item);
      item.users.set(userId, expiresAtEpoch);
      item.endEpoch = item.isDue ? undefined : expiresAtEpoch + DAY_SECONDS;
      for (const [other, endEpoch] of item.users) if (endEpoch <= nowEpoch) item.users.delete(other);
      if (item.users.size <= MAX_USERS) return 'joined';
      item.users.delete(userId);
      return 'full';
    },

    async mark(pointer, { issuedAtEpoch }, nowEpoch) {
      const item = itemOf(pointer);
      if (item.mark === undefined || item.mark < issuedAtEpoch) {
        items.set(nameOf(pointer), item);
        Object.assign(item, { mark: issuedAtEpoch, isDue: true, endEpoch: undefined });
        index.set(nameOf(pointer), { kind: 'provider', atEpoch: nowEpoch });
      }
      return answerOf(item);
    },

    async settle(pointer, { issuedAtEpoch }, nowEpoch) {
      const item = itemOf(pointer);
      if (!item.isDue || item.mark !== issuedAtEpoch) return;
      Object.assign(item, { isDue: false, endEpoch: nowEpoch + DAY_SECONDS });
      index.set(nameOf(pointer), undefined);
    },

    due: async (limit, isPassedOver = () => false) =>
      index
        .list('provider', Number.POSITIVE_INFINITY)
        .map(({ key }) => parseName(key))
        .filter((pointer) => !isPassedOver(pointer))
        .slice(0, limit),

    async readDue(pointer) {
      const item = itemOf(pointer);
      return item.isDue ? answerOf(item) : undefined;
    },
  };

  return {
    store,
    marks: () =>
      [...items].flatMap(([name, { mark }]) =>
        mark === undefined ? [] : [{ pointer: parseName(name), issuedAtEpoch: mark }],
      ),
    isAnyDue: () => [...items.values()].some(({ isDue }) => isDue),
    forget(nowEpoch: number) {
      for (const [name, { endEpoch }] of items) {
        if (endEpoch !== undefined && endEpoch <= nowEpoch) items.delete(name);
      }
    },
  };
}

function parseName(name: string): Pointer {
  const [kind, hash = ''] = name.split('#');
  return { kind: kind === 'sid' || kind === 'sub-without-sid' ? kind : 'sub', hash };
}

/** The place of a record, team or pointer in the index of due work; undefined if it has none. */
interface DuePlace {
  kind: 'untold' | 'expired' | 'in-teams' | 'provider' | 'team' | 'sweep';
  atEpoch: number;
}

/** Brings an index up to date. On AWS this happens a while after the write. */
type IndexUpdate = () => void;

type DueIndex<K> = ReturnType<typeof createIndex<K>>;

/** A sparse index that follows its items in the order of their writes. */
function createIndex<K>(onIndex: (update: IndexUpdate) => void) {
  const places = new Map<K, { place: DuePlace | undefined; number: number }>();
  let writes = 0;
  return {
    set(key: K, place: DuePlace | undefined): void {
      const number = ++writes;
      onIndex(() => {
        if ((places.get(key)?.number ?? 0) < number) places.set(key, { place, number });
      });
    },
    list: (kind: DuePlace['kind'], untilEpoch: number): { key: K; atEpoch: number }[] =>
      [...places]
        .flatMap(([key, { place }]) => (place?.kind === kind ? [{ key, atEpoch: place.atEpoch }] : []))
        .filter(({ atEpoch }) => atEpoch <= untilEpoch)
        .toSorted((a, b) => a.atEpoch - b.atEpoch),
  };
}
