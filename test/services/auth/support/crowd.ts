import { parseUserId } from '../../../../core/user-id.ts';
import { createClockGuard } from '../../../../services/auth/adapters/clock-guard.ts';
import { formatRecord } from '../../../../services/auth/adapters/record-format.ts';
import type { Clock } from '../../../../services/auth/domain/ports.ts';
import { parseSessionToken } from '../../../../services/auth/domain/session.ts';
import { TIME_LIMITS } from '../../../../services/auth/domain/time-limits.ts';
import { NEW_USER } from '../../../../services/auth/domain/user-record.ts';
import { createEdgeTeller, type Told } from '../../../../services/auth/revocations/edge-teller.ts';
import { createSessions } from '../../../../services/auth/sessions/sessions.ts';
import { COOKIE_LIFETIME_SECONDS, nowEpoch, seedSession, TEST_MAC } from './seed-session.ts';
import { createTimedStores } from './timed-stores.ts';
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
}: Crowd) {
  const time = createVirtualTime();
  const { clock } = time;
  const { stores, counts, entries, toldAt, seedExpired } = createTimedStores(clock, EDGE_CALL_MS);
  const sessions: { userId: string; start: number; token: string }[] = [];
  for (let index = 0; index < signOuts; index++) {
    const userId = parseUserId(`person-${index % users}`);
    const seeded = seedSession(stores.users, userId, { userAgent: 'Mozilla/5.0 '.repeat(8) });
    sessions.push({ userId, ...(await time.until(seeded)) });
  }
  const past = nowEpoch() - 60;
  const record = formatRecord({
    ...NEW_USER,
    ...{ lastStart: 1, changes: 1, told: 1, entryExpiresEpoch: past },
    revokedStarts: [{ number: 1, untilEpoch: past - 150 }],
  });
  const expiredNames = Array.from({ length: expired }, (_, index) => `expired-${index}`);
  seedExpired(expiredNames, record, past);
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
  await time.until(drained ?? clock.sleep(PATIENCE_MS));
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
    left: expiredNames.filter((name) => entries.has(name)).length,
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
