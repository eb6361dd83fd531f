import type { Test } from 'tap';
import type { UserId } from '../../../../core/user-id.ts';
import type { Session } from '../../../../services/auth/sessions/session.ts';
import { TIME_LIMITS, type TimeLimits } from '../../../../services/auth/settings/time-limits.ts';
import { decodePolicy } from '../../../support/client.ts';
import { startMisbehavingProvider } from './misbehaving-provider.ts';
import { seedSession } from './seed-session.ts';
import { startService, startStore, tokenMacOf } from './service.ts';

/** However busy the machine is, the edge is told before the answer. */
export const UNHURRIED: TimeLimits = { ...TIME_LIMITS, keysMs: 100, edgeMs: TIME_LIMITS.answerMs };

/** A service whose sessions a test writes, looks at and renews. */
export async function startSessions(t: Test) {
  const store = await startStore(t);
  const provider = await startMisbehavingProvider(t);
  const service = await startService(t, provider.issuer, {}, false, UNHURRIED);
  const { stores, origin } = service;

  return {
    ...{ store, provider, service, stores, origin },
    /** A session as a login makes it, with the headers of its browser. */
    async session(userId: UserId, changes: Partial<Session> = {}) {
      const seeded = await seedSession(stores.users, userId, changes, tokenMacOf(service));
      return { ...seeded, headers: { cookie: `__Host-session=${seeded.token}`, origin } };
    },
    sessionOf: async (userId: UserId, id: string) =>
      (await stores.users.read(userId)).user.sessions.find((known) => known.id === id),
    show: (headers: Record<string, string>) => fetch(`${origin}/auth/session`, { headers }),
    refresh: (headers: Record<string, string>, body?: object) =>
      fetch(`${origin}/auth/refresh`, {
        method: 'POST',
        headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      }),
  };
}

/** The time from which the CloudFront cookies of an answer count. */
export function startOf(answer: Response): unknown {
  const line = answer.headers.getSetCookie().find((each) => each.startsWith('CloudFront-Policy='));
  return JSON.stringify(decodePolicy(/=([^;]*)/.exec(line ?? '')?.[1] ?? '')).match(
    /DateGreaterThan":\{"AWS:EpochTime":(\d+)/,
  )?.[1];
}
