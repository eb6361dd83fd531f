import { randomBytes } from 'node:crypto';
import { type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { type Owner, type TeamId, teamOwner, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { EdgeStore } from '../edge/store.ts';
import type { UploadRecord } from '../files/file.ts';
import type { LinkCaps } from '../links/link.ts';
import { MAX_MOVES, type MoveEnd, type MoveRecord, moveState } from '../moves/mover.ts';
import {
  type KnownUser,
  NEW_USER,
  NO_REVOCATIONS,
  type Revocations,
  type UserRecord,
} from '../sessions/record.ts';
import { dueInTeamsSinceEpoch } from '../teams/due.ts';
import { type KnownTeam, settlesSinceEpoch, sweepsAtEpoch, type Team } from '../teams/team.ts';
import { changeVersioned, createTries } from './change.ts';
import type { Clock, ClockGuard } from './clock.ts';
import { guarded } from './clock-guard.ts';
import { itemKey, ownerOfItem } from './item-key.ts';
import { createPointerStore, parsePointerKey } from './pointers.ts';
import type { DueItem, DueKind, DueOptions, Place, Table, WriteOptions } from './table.ts';

const LEASE_KEY = 'lease#edge';
const NUMBERS_KEY = 'numbers#teams';
const MOVES = 'moves#';
const DAY_SECONDS = 24 * 60 * 60;
/** The longest pause before something that has failed is tried again. `ReconcilerFails` rings after three failures in 5 minutes. */
const LAST_PAUSE_SECONDS = 60;

/** What one process needs of the table and of the edge's store. */
export type Stores = ReturnType<typeof createStores>;

/**
 * Everything that is remembered between two requests, except files: one table, and the edge's KeyValueStore. While the
 * clock of the process is wrong, it writes no times.
 */
export function createStores(
  place: { table: Table; edge: EdgeStore; clock: Clock },
  clockGuard: Pick<ClockGuard, 'check'>,
) {
  const table = guardedTable(place.table, clockGuard);
  const { edge, clock } = place;
  return {
    ...createRecordStores(table),
    ...createSmallStores(table),
    pointers: createPointerStore(table, clock),
    uploads: createUploadStore(table, clock),
    moves: createMoveStore(table, clock),
    edge: { describe: () => edge.describe(), write: guarded(clockGuard, edge.write) },
    /** All users who have a record, and all teams, page by page, in no order. It reads the whole table. */
    userIds: () => scan(table, (owner) => (owner.kind === 'user' ? owner.id : undefined)),
    teamIds: () => scan(table, (owner) => (owner.kind === 'team' ? owner.id : undefined)),
    /** Deletes the whole record, with its floor. Old cookies are accepted again. */
    deleteUser: (userId: UserId) => table.remove(itemKey(userOwner(userId))),
    sweepTraces: (userId: UserId, isDeleting: boolean) =>
      sweepTraces(table, createPointerStore(table, clock), userId, isDeleting),
  };
}

/** A table into which a process with a wrong clock writes nothing. It throws GatewayError clock_wrong. Reads go on. */
function guardedTable(table: Table, guard: Pick<ClockGuard, 'check'>): Table {
  return {
    ...table,
    async write(key, version, item, options) {
      if (!options?.isTimeless) guard.check();
      return table.write(key, version, item, options);
    },
    retryAt: guarded(guard, table.retryAt),
    add: guarded(guard, table.add),
    addName: guarded(guard, table.addName),
    // Names are removed once they are old by the clock.
    removeNames: guarded(guard, table.removeNames),
  };
}

/** Users' records and teams' items. Each change is one conditional write. */
function createRecordStores(table: Table) {
  return {
    users: {
      /** A user who never signed in has an empty record. */
      async read(userId: UserId): Promise<KnownUser> {
        const { item, version } = await table.read<UserRecord>(itemKey(userOwner(userId)));
        return { user: item ? { ...NEW_USER, ...item } : NEW_USER, version };
      },
      /** @returns as `Table.write` */
      write(userId: UserId, version: number, user: UserRecord): Promise<boolean> {
        const sinceEpoch = dueInTeamsSinceEpoch(user);
        const due = placeOf(user, [['inTeams', sinceEpoch]]);
        return table.write(itemKey(userOwner(userId)), version, user, { due });
      },
    },

    teams: {
      /** Undefined if there is no such team. */
      async read(teamId: TeamId): Promise<KnownTeam | undefined> {
        const { item, version } = await table.read<Team>(itemKey(teamOwner(teamId)));
        return item && { team: { ...NO_REVOCATIONS, ...item }, version };
      },
      /** @returns as `Table.write` */
      write(teamId: TeamId, version: number, team: Team): Promise<boolean> {
        const sweepsEpoch = sweepsAtEpoch(team);
        // The second sweep of a deleted team comes a day later, and its entry may expire before.
        const isSweepFirst =
          sweepsEpoch !== undefined && sweepsEpoch <= (team.entryExpiresEpoch ?? sweepsEpoch);
        const due = placeOf(team, [
          ['members', settlesSinceEpoch(team)],
          ['sweep', isSweepFirst ? sweepsEpoch : undefined],
        ]);
        return table.write(itemKey(teamOwner(teamId)), version, team, { due });
      },
    },

    /** The index of the work that is still to be done. */
    due: {
      list: table.due,
      /** Teams that have something to settle. A team that waits for the edge as well is at that place. */
      async toSettle(limit: number, options: DueOptions): Promise<DueItem[]> {
        const isPassedOver = (key: string) =>
          ownerOfItem(key)?.kind !== 'team' || (options.isPassedOver?.(key) ?? false);
        const teams = await table.due('members', limit, { ...options, isPassedOver });
        // That the edge did not take it does not put off its members.
        const untold = await table.due('pending', limit, { isPassedOver });
        return [...teams, ...untold].slice(0, limit);
      },
      /**
       * An item that has failed is tried again after as long as it has waited: after a second at first, and every
       * minute later. If this fails too, it is tried again at the next look.
       */
      async retryLater(kind: DueKind, { key, sinceEpoch }: DueItem, nowEpoch: number): Promise<void> {
        const pauseSeconds = Math.min(LAST_PAUSE_SECONDS, Math.max(1, nowEpoch - sinceEpoch));
        await table.retryAt(key, kind, nowEpoch + pauseSeconds).catch(() => {});
      },
    },
  };
}

type Work = [kind: DueKind, sinceEpoch: number | undefined];

/** What the edge does not know comes first. What has expired may wait until all else is done. */
function placeOf(item: Revocations, others: Work[]): Place | undefined {
  const { told, changes, pendingSinceEpoch = 0, entryExpiresEpoch } = item;
  const works: Work[] = [
    ['pending', told < changes ? pendingSinceEpoch : undefined],
    ...others,
    ['expired', entryExpiresEpoch],
  ];
  const [place] = works.flatMap(([kind, sinceEpoch]) =>
    sinceEpoch === undefined ? [] : [{ kind, sinceEpoch }],
  );
  return place;
}

function createSmallStores(table: Table) {
  return {
    /** The numbers of team starts. Each is given once, and a number is lost if its answer is. */
    numbers: {
      /** @returns undefined if the last one was given */
      next: async (last: number): Promise<number | undefined> =>
        (await table.add(NUMBERS_KEY, { given: 1 }, { most: { given: last } }))?.['given'],
      /** Passes over this many numbers, which are given to nobody. */
      async skip(count: number): Promise<void> {
        await table.add(NUMBERS_KEY, { given: count });
      },
    },

    /** Things that may happen once: a login's `state`, a logout token's `jti`, the use of a native client's ID token. */
    once: {
      /** @returns false if somebody used the hash before */
      async useOnce(hash: string, expiresAtEpoch: number): Promise<boolean> {
        // The client repeats a call if the answer was lost. The repeated call must not count as a second use.
        const usedBy = randomBytes(16).toString('base64url');
        const { usedBy: other } = await create(table, `used#${hash}`, { usedBy }, { ttl: expiresAtEpoch });
        return other === usedBy;
      },
    },

    /**
     * The tokens that the provider gave for a session, sealed. Each session has an item. When the session ends, the item
     * becomes a ticket for the provider's end-session endpoint.
     */
    tokens: createTokenStore(table),

    /** What is counted for links. */
    links: {
      /**
       * Counts a file that is about to be signed for an uploader.
       * @returns false, with nothing counted, if a cap would be passed
       */
      takeRoom: async (hash: string, bytes: number, caps: LinkCaps, ttl: number): Promise<boolean> =>
        (await table.add(`link#${hash}`, { files: 1, bytes }, { most: { ...caps }, ttl })) !== undefined,
      /** What was counted for a link. */
      async takenRoom(hash: string): Promise<LinkCaps> {
        const { item } = await table.read<LinkCaps>(`link#${hash}`);
        return { files: item?.files ?? 0, bytes: item?.bytes ?? 0 };
      },
      /** Keeps what was counted for a link until this time. */
      async keepRoom(hash: string, ttl: number): Promise<void> {
        await table.add(`link#${hash}`, { files: 0, bytes: 0 }, { ttl });
      },
      /** Adds a try to those that count together, as `Table.addName` does. */
      addTry: (key: string, name: string, most: number, ttl: number) =>
        table.addName(`tries#${key}`, name, { most, ttl }),
      readTries: (key: string) => table.names(`tries#${key}`),
      removeTries: (key: string, names: readonly string[]) => table.removeNames(`tries#${key}`, names),
    },

    /** The lease of the edge's writer. Its holder writes it before each batch. */
    lease: {
      async read(): Promise<Lease & { version: number }> {
        const { item = { isHeld: false }, version } = await table.read<Lease>(LEASE_KEY);
        return { ...item, version };
      },
      /** @returns as `Table.write` */
      write: (version: number, lease: Lease) =>
        table.write(LEASE_KEY, version, lease, { isTimeless: !lease.isHeld }),
    },
  };
}

export interface Lease {
  isHeld: boolean;
  /** The version of the edge's store after the last call of the last holder, if that is known. */
  edgeVersion?: string | undefined;
}

/** The item of a session's tokens; with the hash, it is a ticket. */
export interface Tokens {
  sealed: string;
  expiresAtEpoch: number;
  ticketHash?: string;
}

function createTokenStore(table: Table) {
  const keyOf = (sessionId: string) => `tokens#${sessionId}`;
  const read = (sessionId: string) => table.read<Tokens>(keyOf(sessionId));
  const write = (sessionId: string, version: number, item: Tokens) =>
    table.write(keyOf(sessionId), version, item, { ttl: item.expiresAtEpoch });

  return {
    async put(sessionId: string, sealed: string, expiresAtEpoch: number): Promise<void> {
      await create(table, keyOf(sessionId), { sealed, expiresAtEpoch }, { ttl: expiresAtEpoch });
    },
    /** Undefined if there are no tokens, or they are a ticket by now. */
    async read(sessionId: string): Promise<string | undefined> {
      const { item } = await read(sessionId);
      return item?.ticketHash === undefined ? item?.sealed : undefined;
    },
    /** @returns false, with nothing written, if there are no tokens, or they are a ticket by now */
    async replace(sessionId: string, sealed: string): Promise<boolean> {
      const { item, version } = await read(sessionId);
      if (!item || item.ticketHash !== undefined) return false;
      return write(sessionId, version, { ...item, sealed });
    },
    /** What `turnIntoTicket` starts from. */
    readAhead: read,
    /**
     * From now on, only one `take` reads the tokens.
     * @param from the item as it was read before, which saves a read if nobody has written since
     * @returns false if there are no tokens
     */
    async turnIntoTicket(
      sessionId: string,
      ticket: { ticketHash: string; expiresAtEpoch: number },
      from?: Awaited<ReturnType<typeof read>>,
    ): Promise<boolean> {
      for (let found = from ?? (await read(sessionId)); found.item; found = await read(sessionId))
        if (await write(sessionId, found.version, { ...found.item, ...ticket })) return true;
      return false;
    },
    /** Only the first caller gets the tokens. */
    async take(sessionId: string, ticketHash: string, nowEpoch: number): Promise<string | undefined> {
      const { item, version } = await read(sessionId);
      if (item?.ticketHash !== ticketHash || !(await table.remove(keyOf(sessionId), version)))
        return undefined;
      return item.expiresAtEpoch > nowEpoch ? item.sealed : undefined;
    },
    async delete(sessionId: string): Promise<void> {
      await table.remove(keyOf(sessionId));
    },
  };
}

/** The terms of each upload in parts. */
function createUploadStore(table: Table, clock: Clock) {
  const read = (id: string) => table.read<UploadRecord>(`upload#${id}`);
  return {
    async create(id: string, upload: UploadRecord): Promise<void> {
      await create(table, `upload#${id}`, upload, { ttl: upload.expiresAtEpoch });
    },
    /** Returns an expired upload too, until the store forgets it. */
    read: async (id: string): Promise<UploadRecord | undefined> => (await read(id)).item,
    async update(id: string, change: Partial<Pick<UploadRecord, 'etag' | 'outcome'>>): Promise<void> {
      await changeItem(table, `upload#${id}`, clock, (item: UploadRecord) => ({ ...item, ...change }));
    },
  };
}

/** Copies and moves that go on in the background. An item lives for a day. */
function createMoveStore(table: Table, clock: Clock) {
  const read = async (id: string) => (await table.read<MoveRecord>(`move#${id}`)).item;

  /** Moves that have ended stay in the set until there is no place for another one. */
  async function dropEnded(userId: UserId, nowEpoch: number): Promise<void> {
    const ids = await table.names(MOVES + userId);
    const records = await Promise.all(ids.map(read));
    const ended = ids.filter((_, at) => {
      const record = records[at];
      return !record || moveState(record, nowEpoch).state !== 'moving';
    });
    if (ended.length > 0) await table.removeNames(MOVES + userId, ended);
  }

  return {
    read,
    /** @throws GatewayError too_many_moves if `MAX_MOVES` others of the user go on */
    async create(id: string, record: MoveRecord): Promise<void> {
      const { userId, startedAtEpoch } = record;
      const ttl = startedAtEpoch + DAY_SECONDS;
      // It comes before its id: an id without an item counts as ended.
      await create(table, `move#${id}`, record, { ttl });
      const enter = () => table.addName(MOVES + userId, id, { most: MAX_MOVES, ttl });
      if (await enter()) return;
      await dropEnded(userId, startedAtEpoch);
      if (await enter()) return;
      await table.remove(`move#${id}`);
      throw new GatewayError('too_many_moves');
    },
    /** A move that is done stays done: a second run of it finds no file. */
    async finish(id: string, end: MoveEnd): Promise<void> {
      const ended = (move: MoveRecord) => (move.end?.state === 'done' ? undefined : { ...move, end });
      await changeItem(table, `move#${id}`, clock, ended);
    },
  };
}

/**
 * Writes a new item, unless there is one.
 * @returns the item that is there
 */
async function create<T extends object>(
  table: Table,
  key: string,
  item: T,
  options: WriteOptions,
): Promise<T> {
  if (await table.write(key, 0, item, options)) return item;
  const known = await table.read<T>(key);
  if (!known.item) throw new GatewayError('store_unavailable');
  return known.item;
}

/** Changes an item that is deleted a day after it was made at the latest. */
async function changeItem<T extends UploadRecord | MoveRecord>(
  table: Table,
  key: string,
  clock: Clock,
  change: (item: T) => T | undefined,
): Promise<void> {
  const missing: ErrorCode = 'store_unavailable';
  const place = {
    async read() {
      const { item, version } = await table.read<T>(key);
      if (!item) throw new GatewayError(missing);
      return { value: item, version };
    },
    write: (version: number, item: T) => {
      const ttl = 'expiresAtEpoch' in item ? item.expiresAtEpoch : item.startedAtEpoch + DAY_SECONDS;
      return table.write(key, version, item, { ttl });
    },
  };
  await changeVersioned<T>(place, change, createTries(clock));
}

/**
 * Counts the uploads in parts and the moves of a user, and the pointers that lead to the user, and may delete them. The
 * record and the tokens of live sessions are not counted. An item that stays does not keep the others.
 */
async function sweepTraces(
  table: Table,
  pointers: Pick<ReturnType<typeof createPointerStore>, 'leave'>,
  userId: UserId,
  isDeleting: boolean,
): Promise<number> {
  let count = 0;
  const failures: unknown[] = [];
  for await (const page of table.scan()) {
    for (const { key, item } of page) {
      const pointer = parsePointerKey(key);
      const isOwn = ('userId' in item && item.userId === userId) || key === MOVES + userId;
      const isNamed = pointer && 'users' in item && Object.hasOwn(Object(item.users), userId);
      if (!isOwn && !isNamed) continue;
      count++;
      if (!isDeleting) continue;
      const gone: Promise<unknown> = isNamed ? pointers.leave(pointer, userId) : table.remove(key);
      await gone.catch((error: unknown) => failures.push(error));
    }
  }
  if (failures.length > 0) throw failures[0];
  return count;
}

async function* scan<T>(table: Table, parse: (owner: Owner) => T | undefined): AsyncGenerator<T[]> {
  for await (const page of table.scan()) {
    const owners = page.flatMap(({ key }) => ownerOfItem(key) ?? []);
    yield owners.flatMap((owner) => parse(owner) ?? []);
  }
}
