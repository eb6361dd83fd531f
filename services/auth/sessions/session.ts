import { randomBytes } from 'node:crypto';
import { IDLE_LIFETIME_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import { parseUserId, type UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { cleanText } from '../clean-text.ts';
import { parseToken } from './secret-token.ts';

/** The most live sessions of one user. If another session begins, the session that was used longest ago ends. */
export const MAX_SESSIONS = 100;
/** The time of the last use is written at most this often. */
const TOUCH_INTERVAL_SECONDS = 5 * 60;
/** A client renews its cookies after this part of their life. */
const REFRESH_AFTER = 2 / 3;
const MAX_USER_AGENT_BYTES = 200;

/** One login, as the user's record holds it; all times are epoch seconds. */
export interface Session {
  /** 16 random bytes in base64url: it names the session to its user and opens nothing. */
  id: string;
  /** SHA-256 of the secret in the browser's cookie. */
  tokenHash: string;
  /**
   * The session start. It only grows from login to login of a user, and is the `DateGreaterThan` of the session's
   * policies.
   */
  start: number;
  /** The same for the policies of teams. All teams of the session have one. Absent before it has opened a team. */
  teamStart?: number;
  createdAtEpoch: number;
  expiresAtEpoch: number;
  lastUsedAtEpoch: number;
  /** `iat` of the ID token with which the session began. */
  issuedAtEpoch: number;
  /** Hashes of the provider's issuer and `sub`, and of its issuer and `sid` if the provider names its sessions. */
  subjectHash: string;
  sidHash?: string;
  userAgent?: string;
  /** Absent if the provider gave no refresh token. */
  recheck?: Recheck;
}

/** The state of the recheck of one session. */
export interface Recheck {
  /** The time of the last question that the provider answered. */
  answeredAtEpoch: number;
  /** Half of the time that the refresh token lives if it is not used. */
  withinSeconds?: number;
  /** The claim of the process that asks now: a random number, and the time of its own clock. */
  asking?: { number: string; sinceEpoch: number };
}

export interface CookieWindow {
  issuedAtEpoch: number;
  expiresAtEpoch: number;
}

/**
 * The content of `__Host-session`, or an access token: the user whose record to read, and the secret. The record knows
 * its hash.
 */
export interface SessionToken {
  userId: UserId;
  secret: string;
  /** Whether it came as `Authorization: Bearer`. No cookie counts as an access token, and no access token as a cookie. */
  isBearer?: boolean;
}

/** Undefined for a text that is no session's token by its form. Whether it was issued is not checked here. */
export function parseSessionToken(rawToken: string | undefined): SessionToken | undefined {
  const token = parseToken(rawToken ?? '');
  return token && { userId: parseUserId(token.name), secret: token.secret };
}

export function newSessionId(): string {
  return randomBytes(16).toString('base64url');
}

/** Keeps printable ASCII without quotes and backslashes, so that the record's size stays bounded. */
export function cleanUserAgent(rawUserAgent: string): string {
  return cleanText(rawUserAgent, MAX_USER_AGENT_BYTES);
}

/** This is checked on every read, since a store's own expiry deletes late. */
export function isLive(session: Session, nowEpoch: number): boolean {
  return sessionEndEpoch(session) > nowEpoch;
}

/** Whether the use that was written last is so old that this use must be written. */
export function isTouchDue(session: Session, nowEpoch: number): boolean {
  return nowEpoch - session.lastUsedAtEpoch >= TOUCH_INTERVAL_SECONDS;
}

/** Whether the provider must be asked again. */
export function isRecheckDue({ recheck }: Session, everySeconds: number, nowEpoch: number): boolean {
  if (!recheck) return false;
  const { answeredAtEpoch, withinSeconds = everySeconds } = recheck;
  return nowEpoch - answeredAtEpoch >= Math.min(everySeconds, withinSeconds);
}

export function refreshAtEpoch({ issuedAtEpoch, expiresAtEpoch }: CookieWindow): number {
  return issuedAtEpoch + Math.floor((expiresAtEpoch - issuedAtEpoch) * REFRESH_AFTER);
}

/** Nothing that the session opens may live longer than this. */
export function sessionEndEpoch(session: Session): number {
  return Math.min(session.expiresAtEpoch, session.lastUsedAtEpoch + IDLE_LIFETIME_SECONDS);
}
