import { SYSTEM_CLOCK } from '../../../../services/auth/adapters/system-clock.ts';
import { withCookieLifetime, withSession } from '../../../../services/auth/domain/live-sessions.ts';
import type { UserStore } from '../../../../services/auth/domain/ports.ts';
import {
  formatSessionToken,
  newSecretToken,
  newSessionId,
  SESSION_LIFETIME_SECONDS,
  type Session,
} from '../../../../services/auth/domain/session.ts';
import type { UserId } from '../../../../services/auth/domain/user-id.ts';
import type { UserRecord } from '../../../../services/auth/domain/user-record.ts';
import { type Change, changeRecord } from '../../../../services/auth/records/change-record.ts';

export const COOKIE_LIFETIME_SECONDS = 900;

export function nowEpoch(): number {
  return Math.floor(Date.now() / 1_000);
}

/** Changes a record as the service does. */
export function change(users: UserStore, userId: UserId, by: Change): Promise<UserRecord> {
  return changeRecord({ users, clock: SYSTEM_CLOCK }, userId, by);
}

export interface SeededSession extends Session {
  /** The value of the session cookie. */
  token: string;
}

/** A session as a login makes it, written into the record directly. */
export async function seedSession(
  users: UserStore,
  userId: UserId,
  changes: Partial<Session> = {},
): Promise<SeededSession> {
  const { token: secret, hash: tokenHash } = newSecretToken();
  const id = newSessionId();
  const now = nowEpoch();
  const user = await change(users, userId, (known) => {
    const session = {
      ...{ id, tokenHash, createdAtEpoch: now, lastUsedAtEpoch: now, issuedAtEpoch: now, subjectHash: 's' },
      expiresAtEpoch: now + SESSION_LIFETIME_SECONDS,
      ...changes,
    };
    return withSession(withCookieLifetime(known, COOKIE_LIFETIME_SECONDS), session, now);
  });
  const session = user.sessions.find((known) => known.id === id);
  if (!session) throw new Error('no start was left for this session');
  return { ...session, token: formatSessionToken(userId, secret) };
}
