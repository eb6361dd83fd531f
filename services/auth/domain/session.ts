import { createHash, randomBytes } from 'node:crypto';
import { cleanText } from './clean-text.ts';
import { parseUserId, type UserId } from './user-id.ts';

export const SESSION_LIFETIME_SECONDS = 12 * 60 * 60;
export const IDLE_LIFETIME_SECONDS = 60 * 60;
/** Live sessions of one user; the one used longest ago ends when another begins. */
export const MAX_SESSIONS = 100;
/** Idle time is written at most this often. */
const TOUCH_INTERVAL_SECONDS = 5 * 60;
/** Who has asked the provider for this long has gone. */
const ASKING_SECONDS = 30;
/** A client renews its cookies after this part of their life. */
const REFRESH_AFTER = 2 / 3;
const MAX_USER_AGENT_BYTES = 200;

/** One login, as the user's record holds it; all times are epoch seconds. */
export interface Session {
  /** 16 random bytes in base64url: it names the session to its user and opens nothing. */
  id: string;
  /** SHA-256 of the secret in the browser's cookie. */
  tokenHash: string;
  /** Session start: strictly increasing for a user from login to login; `DateGreaterThan` of its policies. */
  start: number;
  createdAtEpoch: number;
  expiresAtEpoch: number;
  lastUsedAtEpoch: number;
  /** `iat` of the ID token that it began with. */
  issuedAtEpoch: number;
  /** Of the provider's issuer and `sub`, and of its issuer and `sid` where it names its sessions. */
  subjectHash: string;
  sidHash?: string;
  userAgent?: string;
  /** Absent where the provider gave no refresh token. */
  recheck?: Recheck;
}

/** How it stands with the questions to the provider about one session. */
export interface Recheck {
  /** When the last one was asked that the provider answered. */
  answeredAtEpoch: number;
  /** Half of the time that the refresh token lives unused. */
  withinSeconds?: number;
  /** Who asks now, by a random number, and since when. */
  asking?: { number: string; sinceEpoch: number };
}

export interface CookieWindow {
  issuedAtEpoch: number;
  expiresAtEpoch: number;
}

/** What `__Host-session` holds: whose record to read, and the secret that the record knows by its hash. */
export interface SessionToken {
  userId: UserId;
  tokenHash: string;
}

/** An opaque value of 256 random bits, and the SHA-256 that the store keeps of it. */
export function newSecretToken(): { token: string; hash: string } {
  const token = randomBytes(32).toString('base64url');
  return { token, hash: hashToken(token) };
}

export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** The value of the cookie, from the user's id and the session's secret. */
export function formatSessionToken(userId: UserId, secret: string): string {
  return `${userId}.${secret}`;
}

/** Undefined for what this service never gave to a browser. */
export function parseSessionToken(rawToken: string | undefined): SessionToken | undefined {
  const [, id, secret] = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{43})$/.exec(rawToken ?? '') ?? [];
  return id && secret ? { userId: parseUserId(id), tokenHash: hashToken(secret) } : undefined;
}

export function newSessionId(): string {
  return randomBytes(16).toString('base64url');
}

/** Printable ASCII without quotes and backslashes, so that the record's size stays bounded. */
export function cleanUserAgent(rawUserAgent: string): string {
  return cleanText(rawUserAgent, MAX_USER_AGENT_BYTES);
}

/** Checked on every read: a store's own expiry deletes late. */
export function isLive(session: Session, nowEpoch: number): boolean {
  return sessionEndEpoch(session) > nowEpoch;
}

/** Whether a use is late enough after the last one that was written. */
export function isTouchDue(session: Session, nowEpoch: number): boolean {
  return nowEpoch - session.lastUsedAtEpoch >= TOUCH_INTERVAL_SECONDS;
}

/** Whether the provider is to be asked again, and nobody does. */
export function isRecheckDue({ recheck }: Session, everySeconds: number, nowEpoch: number): boolean {
  if (!recheck) return false;
  const { answeredAtEpoch, withinSeconds = everySeconds, asking } = recheck;
  const isAsked = asking !== undefined && nowEpoch - asking.sinceEpoch < ASKING_SECONDS;
  return !isAsked && nowEpoch - answeredAtEpoch >= Math.min(everySeconds, withinSeconds);
}

export function refreshAtEpoch({ issuedAtEpoch, expiresAtEpoch }: CookieWindow): number {
  return issuedAtEpoch + Math.floor((expiresAtEpoch - issuedAtEpoch) * REFRESH_AFTER);
}

/** Nothing that the session opens may live longer than this. */
export function sessionEndEpoch(session: Session): number {
  return Math.min(session.expiresAtEpoch, session.lastUsedAtEpoch + IDLE_LIFETIME_SECONDS);
}
