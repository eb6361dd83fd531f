import {
  type CloudFrontCookie,
  filesCookieName,
  SESSION_COOKIE,
  userOfFilesCookie,
} from '@cloudfront-cookie-gateway/core/cookies';
import { parseEpochSeconds } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { SESSION_LIFETIME_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import { parseUserId, type UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type CookieWindow,
  parseSessionToken,
  type SessionToken,
  sessionEndEpoch,
} from '../domain/session.ts';
import type { CurrentSession } from '../sessions/session-deps.ts';
import type { Deps } from './context.ts';

/** The attributes of a cookie that only this host gets (`__Host-`). No script can read it. */
export const HOST_COOKIE = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' } as const;

/** Far longer than any CloudFront cookie lives, so that the CloudFront cookies can still be cleared. */
const FILES_COOKIE_SECONDS = 30 * 24 * 60 * 60;
/** API Gateway passes on 10 KB of headers (HTTP API quotas). A sign-in's answer has some 3 KB of others. */
const CLEARED_BYTES = 5_000;
const MAX_CLEARED_SETS = 20;
/** Names the user of the last CloudFront cookies and their window. It ends with the browser, like those cookies. */
const WINDOW_COOKIE = '__Host-cookie-window';

/**
 * Issues CloudFront cookies for a session, and notes their window in the browser. The session may have been revoked
 * since it was read. The edge forgets a revocation once all cookies from before it have expired. A cookie that lives
 * longer would then open files. So these cookies end no later than cookies that were signed when the session was read.
 * @throws GatewayError signing_unavailable
 */
export async function issueFilesCookies(
  reply: FastifyReply,
  { userId, session, readAtEpoch }: CurrentSession,
  deps: Pick<Deps, 'config' | 'cookieIssuer'>,
): Promise<CookieWindow> {
  const latestEpoch = readAtEpoch + deps.config.cookieLifetimeSeconds;
  const { cookies, issuedAtEpoch, expiresAtEpoch } = await deps.cookieIssuer.issue({
    id: userId,
    start: parseEpochSeconds(session.start),
    endsAt: parseEpochSeconds(Math.min(sessionEndEpoch(session), latestEpoch)),
  });
  setCookies(reply, cookies);
  reply.setCookie(filesCookieName(userId), '1', { ...HOST_COOKIE, maxAge: FILES_COOKIE_SECONDS });
  reply.setCookie(WINDOW_COOKIE, `${userId}.${issuedAtEpoch}.${expiresAtEpoch}`, HOST_COOKIE);
  return { issuedAtEpoch, expiresAtEpoch };
}

/**
 * Clears the CloudFront cookies of all users in this browser, or of all but one. The user of this session comes first.
 * A request may name hundreds of users, and an answer has room for a few. The others are cleared by a later answer,
 * since the browser sends their names again.
 */
export function clearFilesCookies(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Pick<Deps, 'cookieIssuer'>,
  except?: UserId,
): void {
  const own = readSessionCookie(request)?.userId;
  const named = Object.keys(request.cookies).flatMap((name) => userOfFilesCookie(name) ?? []);
  const ids = named.filter((id) => id !== except).toSorted((a, b) => Number(b === own) - Number(a === own));
  let room = CLEARED_BYTES;
  for (const rawId of ids.slice(0, MAX_CLEARED_SETS)) {
    const cookies = clearedCookiesOf(parseUserId(rawId), deps);
    room -= sizeOf(reply, cookies);
    if (room < 0) break;
    setCookies(reply, cookies);
  }
  if (except === undefined) reply.clearCookie(WINDOW_COOKIE, HOST_COOKIE);
}

/** Clears the CloudFront cookies of one user in this browser. */
export function clearFilesCookiesOf(
  reply: FastifyReply,
  userId: UserId,
  deps: Pick<Deps, 'cookieIssuer'>,
): void {
  setCookies(reply, clearedCookiesOf(userId, deps));
}

function clearedCookiesOf(userId: UserId, deps: Pick<Deps, 'cookieIssuer'>): CloudFrontCookie[] {
  const noted = {
    name: filesCookieName(userId),
    value: '',
    options: { ...HOST_COOKIE, expires: new Date(0) },
  };
  return [...deps.cookieIssuer.clear(userId), noted];
}

/** The bytes of the header lines of these cookies. */
function sizeOf(reply: FastifyReply, cookies: CloudFrontCookie[]): number {
  const lines = cookies.map(({ name, value, options }) => reply.server.serializeCookie(name, value, options));
  return lines.reduce((bytes, line) => bytes + `set-cookie: ${line}\r\n`.length, 0);
}

/**
 * The window of the last CloudFront cookies, as this browser noted it. If the browser noted none, the window ends now.
 */
export function knownWindow(request: FastifyRequest, { userId, readAtEpoch }: CurrentSession): CookieWindow {
  const match = /^(.+)\.(\d{1,12})\.(\d{1,12})$/.exec(request.cookies[WINDOW_COOKIE] ?? '');
  return match?.[1] === userId
    ? { issuedAtEpoch: Number(match[2]), expiresAtEpoch: Number(match[3]) }
    : { issuedAtEpoch: readAtEpoch, expiresAtEpoch: readAtEpoch };
}

function setCookies(reply: FastifyReply, cookies: CloudFrontCookie[]): void {
  for (const { name, value, options } of cookies) reply.setCookie(name, value, options);
}

export function readSessionCookie(request: FastifyRequest): SessionToken | undefined {
  return parseSessionToken(rawSessionCookie(request));
}

export function rawSessionCookie(request: FastifyRequest): string | undefined {
  return request.cookies[SESSION_COOKIE];
}

export function setSessionCookie(reply: FastifyReply, token: string): void {
  reply.setCookie(SESSION_COOKIE, token, { ...HOST_COOKIE, maxAge: SESSION_LIFETIME_SECONDS });
}

export function clearSessionCookie(reply: FastifyReply): void {
  reply.clearCookie(SESSION_COOKIE, HOST_COOKIE);
}
