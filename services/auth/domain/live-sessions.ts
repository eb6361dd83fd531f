import { isSignedOut, withRevokedStarts, withSharesRevoked, withStartsRevoked } from './revocation-entry.ts';
import { isLive, MAX_SESSIONS, type Session } from './session.ts';
import { MARGIN_SECONDS, nextStart } from './session-start.ts';
import type { UserRecord } from './user-record.ts';

/** The live session of a token; a session that is not in the record does not exist. */
export function findSession(user: UserRecord, tokenHash: string, nowEpoch: number): Session | undefined {
  const session = user.sessions.find((known) => known.tokenHash === tokenHash);
  return session && isLive(session, nowEpoch) && !isSignedOut(user, session.start) ? session : undefined;
}

/**
 * The record with one more session, and without the one used longest ago where there are too many.
 * @returns undefined where so many logins came in an hour that the next start would not surely be past
 */
export function withSession(
  user: UserRecord,
  session: Omit<Session, 'start'>,
  nowEpoch: number,
): UserRecord | undefined {
  const start = nextStart(user.lastStart, nowEpoch);
  if (start === undefined) return undefined;
  const live = user.sessions.filter((known) => isLive(known, nowEpoch));
  const evicted = live
    .toSorted((a, b) => a.lastUsedAtEpoch - b.lastUsedAtEpoch || a.start - b.start)
    .slice(0, Math.max(0, live.length - MAX_SESSIONS + 1));
  const stays = live.filter((known) => !evicted.includes(known));
  const begun = { ...user, lastStart: start, sessions: [...stays, { ...session, start }] };
  const starts = evicted.map((known) => known.start);
  return starts.length === 0 ? begun : withRevokedStarts(begun, starts, nowEpoch);
}

/** Before cookies of this lifetime are handed out: how long they live must be known when they are revoked. */
export function withCookieLifetime(user: UserRecord, seconds: number): UserRecord {
  return seconds > user.longestCookieSeconds ? { ...user, longestCookieSeconds: seconds } : user;
}

/** Without some of the sessions, whose cookies the edge is to refuse; undefined where there are none. */
export function withoutSessions(
  user: UserRecord,
  isEnding: (session: Session) => boolean,
  nowEpoch: number,
): UserRecord | undefined {
  const ending = user.sessions.filter(isEnding);
  if (ending.length === 0) return undefined;
  const sessions = user.sessions.filter((session) => !ending.includes(session) && isLive(session, nowEpoch));
  const starts = ending.map(({ start }) => start);
  return withRevokedStarts({ ...user, sessions }, starts, nowEpoch);
}

/** Without any session or share; what comes later is above the floor. */
export function withAllEnded(user: UserRecord, nowEpoch: number): UserRecord {
  return { ...withSharesRevoked(withStartsRevoked(user, nowEpoch), nowEpoch), sessions: [] };
}

/**
 * A record out of a restored table: starts and share numbers that were given since the backup are not in it. All starts
 * lie below a minute ago, and no share's number is near it.
 */
export function withNothingTrusted(user: UserRecord, nowEpoch: number): UserRecord {
  const through = nowEpoch - MARGIN_SECONDS;
  const lastStart = Math.max(user.lastStart, through);
  return withAllEnded({ ...user, lastStart, lastShare: Math.max(user.lastShare, through) }, nowEpoch);
}

/** One session changed. */
export function withChangedSession(user: UserRecord, id: string, change: Partial<Session>): UserRecord {
  const sessions = user.sessions.map((session) => (session.id === id ? { ...session, ...change } : session));
  return { ...user, sessions };
}

/**
 * A session that the edge's floor has gone over gets a new start; its cookies so far are refused from then on.
 * @returns undefined where the next start would not surely be past
 */
export function withRestartedSession(
  user: UserRecord,
  session: Session,
  nowEpoch: number,
): UserRecord | undefined {
  const start = nextStart(user.lastStart, nowEpoch);
  if (start === undefined) return undefined;
  const restarted = withChangedSession({ ...user, lastStart: start }, session.id, { start });
  return withRevokedStarts(restarted, [session.start], nowEpoch);
}
