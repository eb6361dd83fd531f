import { nextStart } from '../../../../core/session-start.ts';
import { SESSION_LIFETIME_SECONDS } from '../../../../core/time-bounds.ts';
import type { UserId } from '../../../../core/user-id.ts';
import { withRevokedStarts } from '../../../../services/auth/edge/entry.ts';
import { createTokenMac } from '../../../../services/auth/provider/sealer.ts';
import { type Change, changeRecord } from '../../../../services/auth/sessions/change-record.ts';
import { withCookieLifetime, withSession } from '../../../../services/auth/sessions/live.ts';
import type { UserRecord } from '../../../../services/auth/sessions/record.ts';
import { issueToken, type TokenMac } from '../../../../services/auth/sessions/secret-token.ts';
import { newSessionId, type Session } from '../../../../services/auth/sessions/session.ts';
import type { Stores } from '../../../../services/auth/table/stores.ts';
import { SYSTEM_CLOCK } from '../../../../services/auth/wiring/surroundings.ts';

export const COOKIE_LIFETIME_SECONDS = 900;

/** For processes that a test makes without settings. */
export const TEST_MAC = createTokenMac([Buffer.alloc(32, 'of a test')]);

export function nowEpoch(): number {
  return Math.floor(Date.now() / 1_000);
}

/** Changes a record as the service does. */
export function change(users: Stores['users'], userId: UserId, by: Change): Promise<UserRecord> {
  return changeRecord({ users, clock: SYSTEM_CLOCK }, userId, by);
}

export interface SeededSession extends Session {
  /** The value of the session cookie. */
  token: string;
}

/** A session as a login makes it, written into the record directly. */
export async function seedSession(
  users: Stores['users'],
  userId: UserId,
  changes: Partial<Session> = {},
  tokenMac: TokenMac = TEST_MAC,
): Promise<SeededSession> {
  const { token, hash: tokenHash } = issueToken(tokenMac, 'session', userId);
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
  return { ...session, token };
}

/** A record with a session of this moment, for a time that is not the machine's. */
export function sessionAt(
  user: UserRecord,
  userId: UserId,
  atEpoch: number,
): { user: UserRecord; token: string } {
  const { token, hash: tokenHash } = issueToken(TEST_MAC, 'session', userId);
  const session = {
    ...{
      id: newSessionId(),
      tokenHash,
      createdAtEpoch: atEpoch,
      lastUsedAtEpoch: atEpoch,
      issuedAtEpoch: atEpoch,
    },
    ...{ subjectHash: 's', expiresAtEpoch: atEpoch + SESSION_LIFETIME_SECONDS },
  };
  const signedIn = withSession(withCookieLifetime(user, COOKIE_LIFETIME_SECONDS), session, atEpoch);
  if (!signedIn) throw new Error('no start was left for this session');
  return { user: signedIn, token };
}

/** Adds a hundred sessions that have ended. Their starts do not fit into the edge's entry. */
export function withHundredEnded(user: UserRecord): UserRecord {
  let changed = user;
  for (let i = 0; i < 100; i++) {
    const start = nextStart(changed.lastStart, nowEpoch()) ?? 0;
    changed = withRevokedStarts({ ...changed, lastStart: start }, [start], nowEpoch());
  }
  return changed;
}
