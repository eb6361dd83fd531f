import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { nextStart } from '@cloudfront-cookie-gateway/core/session-start';
import { CLOCKS_APART_SECONDS, MARGIN_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import {
  isSignedOut,
  withRevokedStarts,
  withSharesRevoked,
  withStartsRevoked,
  withUnknownSharesRevoked,
} from '../edge/entry.ts';
import { withDueInTeams } from '../teams/due.ts';
import { withAllTeamStartsRevoked, withNumberLeft, withTeamStartsRevoked } from '../teams/starts.ts';
import type { Revocations, UserRecord } from './record.ts';
import { isLive, MAX_SESSIONS, type Session } from './session.ts';

/** The live session of a token. A session that is not in the record does not exist. */
export function findSession(user: UserRecord, tokenHash: string, nowEpoch: number): Session | undefined {
  const session = findKeptSession(user, tokenHash);
  return session && isLive(session, nowEpoch) && !isSignedOut(user, session.start) ? session : undefined;
}

/** @throws GatewayError no_session */
export function requireSession(user: UserRecord, tokenHash: string, nowEpoch: number): Session {
  const session = findSession(user, tokenHash, nowEpoch);
  if (!session) throw new GatewayError('no_session');
  return session;
}

/** The session of a token, even if it is over by this clock. By another clock, its cookies may still open files. */
export function findKeptSession(user: UserRecord, tokenHash: string): Session | undefined {
  return user.sessions.find((known) => known.tokenHash === tokenHash);
}

/** A record keeps a session until it is over by every clock. Until then it can be revoked. */
function isKept(session: Session, nowEpoch: number): boolean {
  return isLive(session, nowEpoch - CLOCKS_APART_SECONDS);
}

/**
 * The record with one more session. If there are too many, the session that was used longest ago ends.
 * @returns undefined after too many logins in an hour: the next start might not be past on every clock
 */
export function withSession(
  user: UserRecord,
  session: Omit<Session, 'start'>,
  nowEpoch: number,
): UserRecord | undefined {
  const start = nextStart(user.lastStart, nowEpoch);
  if (start === undefined) return undefined;
  const kept = user.sessions.filter((known) => isKept(known, nowEpoch));
  const evicted = kept
    .toSorted((a, b) => a.lastUsedAtEpoch - b.lastUsedAtEpoch || a.start - b.start)
    .slice(0, Math.max(0, kept.length - MAX_SESSIONS + 1));
  const stays = kept.filter((known) => !evicted.includes(known));
  const begun = { ...user, lastStart: start, sessions: [...stays, { ...session, start }] };
  return evicted.length === 0 ? begun : withSessionsRevoked(begun, evicted, nowEpoch);
}

/** Call this before cookies of this lifetime are handed out. A later revocation must know how long the cookies live. */
export function withCookieLifetime<T extends Revocations>(item: T, seconds: number): T {
  return seconds > item.longestCookieSeconds ? { ...item, longestCookieSeconds: seconds } : item;
}

/**
 * The record without some of its sessions. The edge refuses the cookies of these sessions, unless the session is over by
 * every clock: no cookie outlives its session, and each change of the edge's store costs a call. Undefined if there are
 * no such sessions.
 */
export function withoutSessions(
  user: UserRecord,
  isEnding: (session: Session) => boolean,
  nowEpoch: number,
): UserRecord | undefined {
  const ending = user.sessions.filter(isEnding);
  if (ending.length === 0) return undefined;
  const kept = user.sessions.filter((session) => isKept(session, nowEpoch));
  const without = { ...user, sessions: kept.filter((session) => !ending.includes(session)) };
  const revoked = kept.filter((session) => ending.includes(session));
  return revoked.length === 0 ? without : withSessionsRevoked(without, revoked, nowEpoch);
}

/** A session that ends takes its team start along, so one write ends its cookies for all folders. */
function withSessionsRevoked(user: UserRecord, ending: Session[], nowEpoch: number): UserRecord {
  const starts = ending.map(({ start }) => start);
  return withTeamStartsRevoked(withRevokedStarts(user, starts, nowEpoch), ending, nowEpoch);
}

/**
 * The record without any session or share. Later ones are above the floor. What the user made in teams until now is due
 * there.
 */
export function withAllEnded(user: UserRecord, nowEpoch: number): UserRecord {
  const ended = withSharesRevoked(withStartsRevoked(user, nowEpoch), nowEpoch);
  const teamIds = user.memberships.map(({ teamId }) => teamId);
  return { ...withDueInTeams(withAllTeamStartsRevoked(ended, nowEpoch), teamIds, nowEpoch), sessions: [] };
}

/**
 * A record of a restored table with every start and share number revoked. The record does not know the starts and share
 * numbers that were given since the backup. The new floor covers them: every such start is at least a minute old, and
 * every such share number is far below the floor. The number of the user's team starts is left, so sessions get a new one.
 * Nothing is due in teams, since `gateway restored` ends every share and invitation in their items.
 */
export function withNothingTrusted(user: UserRecord, nowEpoch: number): UserRecord {
  const through = nowEpoch - MARGIN_SECONDS;
  const lastStart = Math.max(user.lastStart, through);
  const lastShare = Math.max(user.lastShare, through);
  const left = { ...withNumberLeft(user, nowEpoch), lastStart, lastShare };
  const ended = withAllEnded(withUnknownSharesRevoked(left, nowEpoch), nowEpoch);
  return { ...ended, dueInTeams: [] };
}

/** The record with one session changed. */
export function withChangedSession(user: UserRecord, id: string, change: Partial<Session>): UserRecord {
  const sessions = user.sessions.map((session) => (session.id === id ? { ...session, ...change } : session));
  return { ...user, sessions };
}

/**
 * Gives a new start to a session that was superseded. From then on its old cookies are refused. The session goes on, so
 * its team start stays.
 * @returns undefined if the next start might not be past on every clock
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
