import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { CloudFrontCookie } from '../domain/cloudfront-cookies.ts';
import { parseEpochSeconds } from '../domain/epoch-seconds.ts';
import { GatewayError } from '../domain/errors.ts';
import { isSignedOut } from '../domain/revocation.ts';
import {
  type CookieWindow,
  hashToken,
  isLive,
  refreshAtEpoch,
  SESSION_LIFETIME_SECONDS,
  type Session,
  sessionEndEpoch,
} from '../domain/session.ts';
import { parseUserId, type UserId } from '../domain/user-id.ts';
import type { UserRecord } from '../domain/user-record.ts';
import type { Deps } from './context.ts';

const SESSION_COOKIE = '__Host-session';
/** One for each user whose CloudFront cookies this browser may hold: the app host does not see those themselves. */
const FILES_COOKIE = /^__Host-files-([A-Za-z0-9_-]{1,64})$/;
/** Long past any CloudFront cookie, so that these can still be cleared. */
const FILES_COOKIE_SECONDS = 30 * 24 * 60 * 60;
/** Whose CloudFront cookies this browser was given last, and when they end. It goes where they go: with the browser. */
const WINDOW_COOKIE = '__Host-cookie-window';

export const HOST_COOKIE = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' } as const;

export interface CurrentSession {
  tokenHash: string;
  session: Session;
  user: UserRecord;
}

/** The live session of a request; undefined where there is none. */
export async function findSession(request: FastifyRequest, deps: Deps): Promise<CurrentSession | undefined> {
  const token = request.cookies[SESSION_COOKIE];
  if (!token) return undefined;
  const tokenHash = hashToken(token);
  const session = await deps.sessions.read(tokenHash);
  if (!session || !isLive(session, nowEpoch(deps))) return undefined;
  const user = await deps.users.read(session.userId);
  return isSignedOut(user, session.start) ? undefined : { tokenHash, session, user };
}

/**
 * @throws GatewayError no_session; account_changed where `Gateway-User` names somebody else than the session does
 */
export async function requireSession(request: FastifyRequest, deps: Deps): Promise<CurrentSession> {
  const current = await findSession(request, deps);
  if (!current) throw new GatewayError('no_session');
  checkShownUser(request, current.session);
  return current;
}

/** @throws GatewayError account_changed where `Gateway-User` names somebody else than the session does */
export function checkShownUser(request: FastifyRequest, session: Session): void {
  const shown = request.headers['gateway-user'];
  if (shown !== undefined && shown !== session.userId) throw new GatewayError('account_changed');
}

export function sessionTokenHash(request: FastifyRequest): string | undefined {
  const token = request.cookies[SESSION_COOKIE];
  return token ? hashToken(token) : undefined;
}

/**
 * Ends one session, at the edge too. The record first: where the rest fails, a repeated call finds the session still
 * there, and never one that is gone but not revoked.
 */
export async function endSession(tokenHash: string, session: Session, deps: Deps): Promise<void> {
  await deps.revocations.revokeSession(session.userId, session.start);
  const deleted = await deps.sessions.delete(tokenHash);
  // A renewal has given it another start meanwhile.
  if (deleted && deleted.start !== session.start) {
    await deps.revocations.revokeSession(deleted.userId, deleted.start);
  }
}

export function setSessionCookie(reply: FastifyReply, token: string): void {
  reply.setCookie(SESSION_COOKIE, token, { ...HOST_COOKIE, maxAge: SESSION_LIFETIME_SECONDS });
}

/**
 * Issues CloudFront cookies for a session, and notes in the browser when they end.
 * @throws GatewayError signing_unavailable
 */
export async function issueFilesCookies(
  reply: FastifyReply,
  session: Session,
  deps: Deps,
): Promise<CookieWindow> {
  const { cookies, issuedAtEpoch, expiresAtEpoch } = await deps.cookieIssuer.issue({
    id: session.userId,
    start: parseEpochSeconds(session.start),
    endsAt: parseEpochSeconds(sessionEndEpoch(session)),
  });
  setCloudFrontCookies(reply, cookies);
  reply.setCookie(`__Host-files-${session.userId}`, '1', { ...HOST_COOKIE, maxAge: FILES_COOKIE_SECONDS });
  reply.setCookie(WINDOW_COOKIE, `${session.userId}.${issuedAtEpoch}.${expiresAtEpoch}`, HOST_COOKIE);
  return { issuedAtEpoch, expiresAtEpoch };
}

/** Clears what this browser may hold of all users, or of all but one. */
export function clearFilesCookies(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Deps,
  except?: UserId,
): void {
  for (const name of Object.keys(request.cookies)) {
    const rawId = FILES_COOKIE.exec(name)?.[1];
    if (rawId === undefined || rawId === except) continue;
    setCloudFrontCookies(reply, deps.cookieIssuer.clear(parseUserId(rawId)));
    reply.clearCookie(name, HOST_COOKIE);
  }
}

/** The session and every CloudFront cookie go. */
export function clearAllCookies(request: FastifyRequest, reply: FastifyReply, deps: Deps): void {
  reply.clearCookie(SESSION_COOKIE, HOST_COOKIE);
  reply.clearCookie(WINDOW_COOKIE, HOST_COOKIE);
  clearFilesCookies(request, reply, deps);
}

/** What the browser was last told of its CloudFront cookies; ended just now where it knows of none. */
export function knownWindow(request: FastifyRequest, session: Session, deps: Deps): CookieWindow {
  const match = /^(.+)\.(\d{1,12})\.(\d{1,12})$/.exec(request.cookies[WINDOW_COOKIE] ?? '');
  const now = nowEpoch(deps);
  return match?.[1] === session.userId
    ? { issuedAtEpoch: Number(match[2]), expiresAtEpoch: Number(match[3]) }
    : { issuedAtEpoch: now, expiresAtEpoch: now };
}

export function nowEpoch(deps: Deps): number {
  return Math.floor(deps.now() / 1_000);
}

const Instant = Type.String({ format: 'date-time' });

/** The body of `GET /auth/session` and `POST /auth/refresh`. */
export const SessionBody = Type.Object({
  user: Type.Object({
    id: Type.String(),
    name: Type.Optional(Type.String()),
    email: Type.Optional(Type.String()),
  }),
  files: Type.Object({ origin: Type.String(), prefix: Type.String() }),
  cookies: Type.Object({ issuedAt: Instant, expiresAt: Instant, refreshAt: Instant }),
  session: Type.Object({ expiresAt: Instant }),
  serverTime: Instant,
});

export function sessionBody(session: Session, window: CookieWindow, deps: Deps) {
  return {
    user: {
      id: session.userId,
      ...(session.name === undefined ? {} : { name: session.name }),
      ...(session.email === undefined ? {} : { email: session.email }),
    },
    files: { origin: deps.config.origins.files, prefix: `/users/${session.userId}/` },
    cookies: {
      issuedAt: iso(window.issuedAtEpoch),
      expiresAt: iso(window.expiresAtEpoch),
      refreshAt: iso(refreshAtEpoch(window)),
    },
    session: { expiresAt: iso(session.expiresAtEpoch) },
    serverTime: new Date(deps.now()).toISOString(),
  };
}

function setCloudFrontCookies(reply: FastifyReply, cookies: CloudFrontCookie[]): void {
  for (const { name, value, options } of cookies) reply.setCookie(name, value, options);
}

function iso(epochSeconds: number): string {
  return new Date(epochSeconds * 1_000).toISOString();
}
