import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import { formatRecord, parseRecord } from '../../../../services/auth/adapters/record-format.ts';
import type {
  Clock,
  EdgeStore,
  LeaseStore,
  TokenStore,
  UserStore,
} from '../../../../services/auth/domain/ports.ts';
import type { UserRecord } from '../../../../services/auth/domain/user-record.ts';
import { createBuckets, READ_UNIT_BYTES, WRITE_UNIT_BYTES } from './throttled-dynamodb.ts';

/**
 * The time of a call, in milliseconds: roughly the time that AWS states for a Lambda function's calls in its region.
 */
const TABLE_MS = { least: 3, most: 12 };
/** An index shows a change at most this much later. */
const INDEX_LAG_MS = 100;
/** The SDK's own pause before it repeats a throttled call, and how often it repeats it. */
const THROTTLED_PAUSE_MS = 500;
const ATTEMPTS = 3;

class ThrottledError extends Error {
  readonly code = 'throttled';
}

/** The stores of any number of instances, timed by a clock. */
export function createTimedStores(clock: Clock, edgeCallMs: number) {
  const records = new Map<UserId, { json: string; version: number }>();
  const latest = new Map<UserId, UserRecord>();
  const index = new Map<UserId, { kind: 'untold' | 'expired'; atEpoch: number }>();
  const entries = new Map<string, string>();
  const writtenMs = new Map<string, { entry: string; atMs: number }[]>();
  const counts: Record<string, number> = {};
  const [reads, writes] = [createBuckets(3_000, clock.now), createBuckets(1_000, clock.now)];
  let holder: string | undefined;
  let etag = 1;

  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };

  /** A call of the table: the way there, the effect, and the way back. */
  async function ask<T>(name: string, admit: () => boolean, done: () => T): Promise<T> {
    const halfMs = () => (TABLE_MS.least + Math.random() * (TABLE_MS.most - TABLE_MS.least)) / 2;
    for (let attempt = 1; ; attempt++) {
      await clock.sleep(halfMs());
      const isAdmitted = admit();
      count(isAdmitted ? name : `${name} throttled`);
      const answer = isAdmitted ? { is: done() } : undefined;
      await clock.sleep(halfMs());
      if (answer) return answer.is;
      if (attempt >= ATTEMPTS) throw new ThrottledError();
      await clock.sleep(Math.random() * THROTTLED_PAUSE_MS * 2 ** (attempt - 1));
    }
  }

  const sizeOf = (userId: UserId) => records.get(userId)?.json.length ?? 0;

  const placesOf = (kind: 'untold' | 'expired', untilEpoch: number) =>
    [...index]
      .filter(([, place]) => place.kind === kind && place.atEpoch <= untilEpoch)
      .toSorted(([, a], [, b]) => a.atEpoch - b.atEpoch);

  const users: UserStore = {
    read: (userId) =>
      ask(
        'read',
        () => reads(userId, sizeOf(userId) / READ_UNIT_BYTES),
        () => {
          const known = records.get(userId);
          return { user: parseRecord(known?.json), version: known?.version ?? 0 };
        },
      ),
    write: (userId, version, user) => {
      const json = formatRecord(user);
      return ask(
        'write',
        () => writes(userId, Math.max(json.length, sizeOf(userId)) / WRITE_UNIT_BYTES),
        () => {
          if ((records.get(userId)?.version ?? 0) !== version) {
            count('write conflict');
            return false;
          }
          records.set(userId, { json, version: version + 1 });
          latest.set(userId, user);
          void clock.sleep(Math.random() * INDEX_LAG_MS).then(() => {
            const { told, changes, untoldSinceEpoch = 0, entryExpiresEpoch } = latest.get(userId) ?? user;
            if (told < changes) index.set(userId, { kind: 'untold', atEpoch: untoldSinceEpoch });
            else if (entryExpiresEpoch !== undefined) {
              index.set(userId, { kind: 'expired', atEpoch: entryExpiresEpoch });
            } else index.delete(userId);
          });
          return true;
        },
      ).catch((error: unknown) => {
        if (error instanceof ThrottledError) return false;
        throw error;
      });
    },
    untold: (limit, isPassedOver = () => false) =>
      ask(
        'query',
        () => true,
        () =>
          placesOf('untold', Number.POSITIVE_INFINITY)
            .filter(([userId]) => !isPassedOver(userId))
            .slice(0, limit)
            .map(([userId, { atEpoch }]) => ({ userId, untoldSinceEpoch: atEpoch })),
      ),
    expired: (nowEpoch, limit, isPassedOver = () => false) =>
      ask(
        'query',
        () => true,
        () =>
          placesOf('expired', nowEpoch)
            .map(([userId]) => userId)
            .filter((userId) => !isPassedOver(userId))
            .slice(0, limit),
      ),
  };

  const lease: LeaseStore = {
    read: () =>
      ask(
        'lease read',
        () => reads('lease', 1),
        () => holder,
      ),
    swap: (expected, next) =>
      ask(
        'lease swap',
        () => writes('lease', 1),
        () => {
          if (holder !== expected) return false;
          holder = next;
          return true;
        },
      ),
  };

  const edge: EdgeStore = {
    async describe() {
      await clock.sleep(edgeCallMs / 2);
      const version = String(etag);
      await clock.sleep(edgeCallMs / 2);
      return { version, bytes: 0 };
    },
    async write(version, changes) {
      await clock.sleep(edgeCallMs / 2);
      const isOurs = version === String(etag);
      count(isOurs ? 'edge update' : 'edge conflict');
      if (isOurs) {
        etag++;
        for (const { userId, entry } of changes) {
          if (entry === undefined) entries.delete(userId);
          else {
            entries.set(userId, entry);
            writtenMs.set(userId, [...(writtenMs.get(userId) ?? []), { entry, atMs: clock.now() }]);
          }
        }
      }
      const after = String(etag);
      await clock.sleep(edgeCallMs / 2);
      return isOurs && { version: after, bytes: 0 };
    },
  };

  const tokens: TokenStore = {
    put: async () => {},
    read: async () => undefined,
    replace: async () => false,
    turnIntoTicket: () =>
      ask(
        'ticket',
        () => true,
        () => false,
      ),
    take: async () => undefined,
    delete: async () => {},
  };

  return {
    stores: { users, lease, edge, tokens },
    counts,
    entries,
    /** When the edge had an entry with this start; undefined if never. */
    toldAt: (userId: string, start: number): number | undefined =>
      writtenMs.get(userId)?.find(({ entry }) => entry.split('|')[0]?.split(',').includes(String(start)))
        ?.atMs,
    /** Adds an entry that has expired. */
    seedExpired(names: string[], record: string, atEpoch: number) {
      for (const name of names) {
        records.set(parseUserId(name), { json: record, version: 1 });
        index.set(parseUserId(name), { kind: 'expired', atEpoch });
        entries.set(name, '0,1,|0,');
      }
    },
  };
}
