import { createHash, randomBytes } from 'node:crypto';
import type { UserId } from './user-id.ts';

export const SESSION_LIFETIME_SECONDS = 12 * 60 * 60;
export const IDLE_LIFETIME_SECONDS = 60 * 60;
/** Idle time is written at most this often. */
const TOUCH_INTERVAL_SECONDS = 60;
/** A client renews its cookies after this part of their life. */
const REFRESH_AFTER = 2 / 3;

/** What the store keeps of one login; all times are epoch seconds. */
export interface Session {
  userId: UserId;
  /** Session start: strictly increasing for a user from login to login; `DateGreaterThan` of its policies. */
  start: number;
  expiresAtEpoch: number;
  idleExpiresAtEpoch: number;
  /** Hint for the provider's end-session endpoint. */
  idToken: string;
  name?: string;
  email?: string;
}

export interface CookieWindow {
  issuedAtEpoch: number;
  expiresAtEpoch: number;
}

/** An opaque value of 256 random bits, and the SHA-256 that the store keeps of it. */
export function newSecretToken(): { token: string; hash: string } {
  const token = randomBytes(32).toString('base64url');
  return { token, hash: hashToken(token) };
}

export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** The key of a provider's session (`sid` of its ID and logout tokens). */
export function providerSessionKey(issuer: string, sid: string): string {
  return createHash('sha256').update(`${issuer}\0${sid}`).digest('base64url');
}

/** Checked on every read: a store's own expiry deletes late. */
export function isLive(session: Session, nowEpoch: number): boolean {
  return sessionEndEpoch(session) > nowEpoch;
}

/** The idle lifetime after a use, or undefined where the stored one is recent enough. */
export function extendedIdle(session: Session, nowEpoch: number): number | undefined {
  const idleExpiresAtEpoch = nowEpoch + IDLE_LIFETIME_SECONDS;
  return idleExpiresAtEpoch - session.idleExpiresAtEpoch >= TOUCH_INTERVAL_SECONDS
    ? idleExpiresAtEpoch
    : undefined;
}

export function refreshAtEpoch({ issuedAtEpoch, expiresAtEpoch }: CookieWindow): number {
  return issuedAtEpoch + Math.floor((expiresAtEpoch - issuedAtEpoch) * REFRESH_AFTER);
}

/** Nothing that the session opens may live longer than this. */
export function sessionEndEpoch(session: Session): number {
  return Math.min(session.expiresAtEpoch, session.idleExpiresAtEpoch);
}
