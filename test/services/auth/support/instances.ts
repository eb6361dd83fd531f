import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import { createEdgeTeller } from '../../../../services/auth/edge/teller.ts';
import type { IdentityProvider } from '../../../../services/auth/provider/identity-provider.ts';
import type { Identity } from '../../../../services/auth/provider/provider.ts';
import { createSchedule } from '../../../../services/auth/schedule.ts';
import { parseSessionToken } from '../../../../services/auth/sessions/session.ts';
import type { SessionDeps } from '../../../../services/auth/sessions/session-deps.ts';
import { createSessions } from '../../../../services/auth/sessions/sessions.ts';
import { TIME_LIMITS } from '../../../../services/auth/settings/time-limits.ts';
import { createClockGuard } from '../../../../services/auth/table/clock-guard.ts';
import { createMemoryStores, NO_DELETION } from './memory-stores.ts';
import { TEST_MAC } from './seed-session.ts';
import { createVirtualTime } from './virtual-time.ts';

export const ISSUER = 'https://provider.example';
export const ALICE = parseUserId('alice');

export const RECHECK_SECONDS = 60;
/** Processes of the service with stores in memory, and a virtual clock. A test may act between any two calls. */
export function createInstances({
  userIdClaim,
  provider,
  ...rechecks
}: {
  userIdClaim?: string;
  /** Gives refresh tokens. The service asks again after a minute. */
  provider?: Pick<IdentityProvider, 'refresh' | 'revoke'>;
} & Pick<NonNullable<SessionDeps['recheck']>, 'allowRule'> = {}) {
  const memory = createMemoryStores();
  const time = createVirtualTime();
  const clock = time.flowing();
  const nowEpoch = () => Math.floor(clock.now() / 1_000);

  /** @param aheadSeconds how much the clock of this process is ahead */
  function instance(aheadSeconds = 0) {
    const clockAhead = { ...clock, now: () => clock.now() + aheadSeconds * 1_000 };
    const { users, teams, due, numbers, pointers, tokens, lease, edge } = memory;
    const stores = {
      users: { ...users },
      teams: { ...teams },
      due: { ...due },
      numbers: { ...numbers },
      pointers: { ...pointers },
      tokens: { ...tokens },
      lease: { ...lease },
      edge: { ...edge },
    };
    const around = { ...stores, clock: clockAhead, limits: TIME_LIMITS, onEdgeError: () => {} };
    const teller = createEdgeTeller({ ...around, outlivesRequests: true });
    const sessions = createSessions({
      ...around,
      teller,
      cookieLifetimeSeconds: 900,
      clockGuard: createClockGuard(),
      sealer: {
        seal: async (content) => JSON.stringify(content),
        open: async (sealed) => JSON.parse(sealed),
      },
      tokenMac: TEST_MAC,
      ...(userIdClaim === undefined ? {} : { userIdClaim }),
      ...(provider === undefined
        ? {}
        : { recheck: { everySeconds: RECHECK_SECONDS, provider, ...rechecks } }),
    });
    const schedule = createSchedule({ ...around, teller, deletion: NO_DELETION });
    return { stores, sessions, schedule, teller };
  }

  const first = instance();
  return {
    ...{ memory, instance, first, clock, nowEpoch, provider },
    wait(seconds: number) {
      time.pass(seconds * 1_000);
    },
    signIn: (
      { userId = ALICE, ...claims }: { userId?: UserId; sid?: string; iat?: number; sub?: string } = {},
      { sessions } = first,
    ) => sessions.begin({ userId, identity: identityOf({ iat: nowEpoch(), ...claims }) }),
    /** The session of a cookie, as another process sees it. */
    find: (token: string) => instance().sessions.find(parseSessionToken(token)),
    logout: (token: { sid?: string; subject?: string; issuedAtEpoch?: number }, { sessions } = first) =>
      sessions.endByProvider({ issuer: ISSUER, jti: 'jti', issuedAtEpoch: nowEpoch(), ...token }),
  };
}

function identityOf({ sub = 'alice', ...claims }: { sub?: string; sid?: string; iat: number }): Identity {
  return {
    issuer: ISSUER,
    subject: sub,
    claims,
    userInfo: {},
    idToken: 'id-token',
    refreshToken: { value: '0' },
  };
}

/** Acts once, before the next call of a store's method. */
export function before<S extends object>(store: S, name: keyof S, act: () => Promise<unknown>): void {
  const method = store[name];
  if (typeof method !== 'function') throw new Error('that is no method');
  const acting = async (...given: unknown[]): Promise<unknown> => {
    store[name] = method;
    await act();
    return Reflect.apply(method, undefined, given);
  };
  Object.assign(store, { [name]: acting });
}
