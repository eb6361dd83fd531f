import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import type { EdgeStore } from '../../../../services/auth/edge/store.ts';
import { createEdgeTeller, type Told } from '../../../../services/auth/edge/teller.ts';
import { NEW_USER, type UserRecord } from '../../../../services/auth/sessions/record.ts';
import { parseSessionToken } from '../../../../services/auth/sessions/session.ts';
import { createSessions } from '../../../../services/auth/sessions/sessions.ts';
import { TIME_LIMITS } from '../../../../services/auth/settings/time-limits.ts';
import type { Clock } from '../../../../services/auth/table/clock.ts';
import { createClockGuard } from '../../../../services/auth/table/clock-guard.ts';
import type { Stores } from '../../../../services/auth/table/stores.ts';
import { createMemoryStores } from './memory-stores.ts';
import { COOKIE_LIFETIME_SECONDS, nowEpoch, seedSession, TEST_MAC } from './seed-session.ts';
import { createBuckets, READ_UNIT_BYTES, WRITE_UNIT_BYTES } from './throttled-dynamodb.ts';
import { createVirtualTime } from './virtual-time.ts';

const EDGE_CALL_MS = 100;
/** A revocation that needs no schedule is told within this time. */
const PATIENCE_MS = 10_000;

export interface Crowd {
  signOuts: number;
  /** How many users these sessions have. */
  users: number;
  outlivesRequests?: boolean;
  /** The number of instances. Each one serves its part of the sign-outs at once. */
  instances?: number;
  expired?: number;
  /** The schedule runs once, after the last answer. */
  isScheduled?: boolean;
}

/**
 * Sign-outs in the same millisecond, by instances that share nothing except the stores. A virtual clock, with stores
 * that are slow by this clock, measures them, whatever else this machine does.
 */
export async function signOutAtOnce({
  signOuts,
  users,
  outlivesRequests = false,
  instances = signOuts,
  expired = 0,
  isScheduled = false,
}: Crowd) {
  const time = createVirtualTime();
  const { clock } = time;
  const { stores, counts, isThere, toldAt, seedExpired } = createTimedStores(clock, EDGE_CALL_MS);
  const sessions: { userId: string; start: number; token: string }[] = [];
  for (let index = 0; index < signOuts; index++) {
    const userId = parseUserId(`person-${index % users}`);
    const seeded = seedSession(stores.users, userId, { userAgent: 'Mozilla/5.0 '.repeat(8) });
    sessions.push({ userId, ...(await time.until(seeded)) });
  }
  const past = nowEpoch() - 60;
  const expiredNames = Array.from({ length: expired }, (_, index) => `expired-${index}`);
  await seedExpired(expiredNames, {
    ...{ ...NEW_USER, lastStart: 1, changes: 1, told: 1, entryExpiresEpoch: past },
    revokedStarts: [{ number: 1, untilEpoch: past - 150 }],
  });
  await time.until(clock.sleep(5_000));
  for (const name of Object.keys(counts)) delete counts[name];

  const startMs = clock.now();
  let goneMs = 0;
  const scheduled = createInstance(stores, clock, true).teller;
  const drain = async () => {
    await scheduled.drain(120_000);
    goneMs = clock.now() - startMs;
  };
  const drained = expired > 0 ? drain() : undefined;
  await time.until(clock.sleep(1_000));
  const beganMs = clock.now();
  const all = Array.from({ length: instances }, () => createInstance(stores, clock, outlivesRequests));
  const work = sessions.map(async ({ token }, index) => {
    const { edge, answeredMs } = (await all[index % instances]?.signOut(token)) ?? {};
    return { edge, answeredMs: (answeredMs ?? 0) - beganMs };
  });
  const answers = await time.until(Promise.all(work));
  const answered = { ...counts };
  await time.until<unknown>(
    drained ?? (isScheduled ? scheduled.drain(PATIENCE_MS) : clock.sleep(PATIENCE_MS)),
  );
  const told = sessions.map(
    ({ userId, start }) => (toldAt(userId, start) ?? Number.POSITIVE_INFINITY) - beganMs,
  );
  const answeredMs = answers.map((answer) => answer.answeredMs);
  return {
    lastToldMs: Math.max(...told),
    p99Ms: quantile(answeredMs, 0.99),
    lastAnswerMs: Math.max(...answeredMs),
    pending: answers.filter(({ edge }) => edge === 'pending').length,
    lost: told.filter((ms) => ms === Number.POSITIVE_INFINITY).length,
    goneMs,
    left: expiredNames.filter(isThere).length,
    counts: answered,
  };
}

function createInstance(
  stores: ReturnType<typeof createTimedStores>['stores'],
  clock: Clock,
  outlivesRequests: boolean,
) {
  let isFrozen = false;
  /** Calls that a frozen instance has under way never end. */
  function freezing<T extends object>(part: T): T {
    return new Proxy(part, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function' || name === 'now' || name === 'monotonicMs') return method;
        return async (...given: unknown[]) => {
          if (isFrozen) return new Promise(() => {});
          const answer: unknown = await Reflect.apply(method, target, given);
          return isFrozen ? new Promise(() => {}) : answer;
        };
      },
    });
  }
  const own = {
    users: freezing(stores.users),
    due: freezing(stores.due),
    teams: stores.teams,
    lease: freezing(stores.lease),
    edge: freezing(stores.edge),
    tokens: freezing(stores.tokens),
    clock: freezing(clock),
    limits: TIME_LIMITS,
  };
  const teller = createEdgeTeller({ ...own, outlivesRequests, onEdgeError: () => {} });
  const sessions = createSessions({
    ...{ ...own, teller },
    clockGuard: createClockGuard(),
    numbers: unused(),
    pointers: unused(),
    sealer: unused(),
    tokenMac: TEST_MAC,
    cookieLifetimeSeconds: COOKIE_LIFETIME_SECONDS,
  });
  return {
    teller,
    async signOut(token: string): Promise<{ edge: Told; answeredMs: number }> {
      const current = await sessions.find(parseSessionToken(token));
      if (!current) throw new Error('no session');
      const ended = await sessions.end(current);
      const [edge] = await Promise.all([ended.edge, ended.ticket]);
      isFrozen = !outlivesRequests;
      return { edge, answeredMs: clock.now() };
    },
  };
}

function unused<T>(): T {
  return JSON.parse('{}');
}

function quantile(values: number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * part) - 1] ?? Number.NaN;
}

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

/** The stores of any number of instances, in memory, timed by a clock. */
function createTimedStores(clock: Clock, edgeCallMs: number) {
  const memory = createMemoryStores((update) => void clock.sleep(Math.random() * INDEX_LAG_MS).then(update));
  const bytes = new Map<UserId, number>();
  const writtenMs = new Map<string, { entry: string; atMs: number }[]>();
  const counts: Record<string, number> = {};
  const [reads, writes] = [createBuckets(3_000, clock.now), createBuckets(1_000, clock.now)];

  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };

  /** A call of the table: the way there, the effect, and the way back. */
  async function ask<T>(name: string, done: () => Promise<T>, admit = () => true): Promise<T> {
    const halfMs = () => (TABLE_MS.least + Math.random() * (TABLE_MS.most - TABLE_MS.least)) / 2;
    for (let attempt = 1; ; attempt++) {
      await clock.sleep(halfMs());
      const isAdmitted = admit();
      count(isAdmitted ? name : `${name} throttled`);
      const answer = isAdmitted ? { is: await done() } : undefined;
      await clock.sleep(halfMs());
      if (answer) return answer.is;
      if (attempt >= ATTEMPTS) throw new ThrottledError();
      await clock.sleep(Math.random() * THROTTLED_PAUSE_MS * 2 ** (attempt - 1));
    }
  }

  const bytesOf = (userId: UserId) => bytes.get(userId) ?? 0;
  const users: Stores['users'] = {
    read: (userId) =>
      ask(
        'read',
        () => memory.users.read(userId),
        () => reads(userId, bytesOf(userId) / READ_UNIT_BYTES),
      ),
    write: (userId, version, user) => {
      const { length } = JSON.stringify(user);
      const write = async () => {
        const isWritten = await memory.users.write(userId, version, user);
        if (isWritten) bytes.set(userId, length);
        else count('write conflict');
        return isWritten;
      };
      const admit = () => writes(userId, Math.max(length, bytesOf(userId)) / WRITE_UNIT_BYTES);
      return ask('write', write, admit).catch((error: unknown) => {
        if (error instanceof ThrottledError) return false;
        throw error;
      });
    },
  };
  const { due, lease, edge, tokens } = memory;
  const timedEdge: EdgeStore = {
    async describe() {
      await clock.sleep(edgeCallMs / 2);
      const answer = await edge.describe();
      await clock.sleep(edgeCallMs / 2);
      return answer;
    },
    async write(version, changes) {
      await clock.sleep(edgeCallMs / 2);
      const answer = await edge.write(version, changes);
      for (const { key, entry } of answer ? changes : [])
        if (entry !== undefined)
          writtenMs.set(key, [...(writtenMs.get(key) ?? []), { entry, atMs: clock.now() }]);
      await clock.sleep(edgeCallMs / 2);
      return answer;
    },
  };

  return {
    stores: {
      users,
      // Nobody has teams here.
      teams: memory.teams,
      due: {
        ...due,
        list: (...given) => ask('query', () => due.list(...given)),
      } satisfies Stores['due'],
      lease: {
        read: () => ask('lease read', lease.read, () => reads('lease', 1)),
        write: (...given) =>
          ask(
            'lease write',
            () => lease.write(...given),
            () => writes('lease', 1),
          ),
      } satisfies Stores['lease'],
      edge: timedEdge,
      tokens: {
        ...tokens,
        turnIntoTicket: (...given) => ask('ticket', () => tokens.turnIntoTicket(...given)),
      } satisfies Stores['tokens'],
    },
    counts,
    isThere: (key: string) => memory.entry(key) !== undefined,
    /** When the edge had an entry with this start; undefined if never. */
    toldAt: (userId: string, start: number): number | undefined =>
      writtenMs.get(userId)?.find(({ entry }) => entry.split('|')[0]?.split(',').includes(String(start)))
        ?.atMs,
    /** Adds entries that have expired. */
    async seedExpired(names: string[], user: UserRecord) {
      for (let first = 0; first < names.length; first += 50) {
        const some = names.slice(first, first + 50);
        for (const name of some) await memory.users.write(parseUserId(name), 0, user);
        const { version } = await edge.describe();
        await edge.write(
          version,
          some.map((key) => ({ key, entry: '0,1,|0,' })),
        );
      }
    },
  };
}
