import {
  type CloudFrontCookie,
  folderNote,
  type NotedFolder,
  notedFolder,
  SESSION_COOKIE,
} from '@cloudfront-cookie-gateway/core/cookies';
import { nowEpoch, parseEpochSeconds } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { folderPath } from '@cloudfront-cookie-gateway/core/file-name';
import { type Owner, type TeamId, teamOwner, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import { SESSION_LIFETIME_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import {
  type CookieWindow,
  parseSessionToken,
  type SessionToken,
  sessionEndEpoch,
} from '../sessions/session.ts';
import type { CurrentSession } from '../sessions/session-deps.ts';
import type { Deps } from '../wiring/deps.ts';
import type { CookieSet } from './cloudfront-cookies.ts';

/** The attributes of a cookie that only this host gets (`__Host-`). No script can read it. */
export const HOST_COOKIE = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' } as const;

/** Far longer than any CloudFront cookie lives, so that the CloudFront cookies can still be cleared. */
const FILES_COOKIE_SECONDS = 30 * 24 * 60 * 60;
/**
 * API Gateway passes on 10 KB of headers (HTTP API quotas). An answer that also sets cookies has some 3 KB of others. One
 * that does not has room for a user's set and those of six teams.
 */
const CLEARED_BYTES = { besideOthers: 5_000, alone: 6_200 };
/** A browser keeps 50 cookies of a domain at least (RFC 6265, section 6.1), and a set has up to five. */
const MAX_TEAMS = 6;
/** Each link that this browser has opened has such a cookie, with the link's id behind it. */
const LINK_COOKIE = '__Host-link-';
/** A browser keeps the passes of so many links, so that one answer can clear all of them. */
const MAX_LINKS = 5;
/** Names the user of the last CloudFront cookies and their window. It ends with the browser, like those cookies. */
const WINDOW_COOKIE = '__Host-cookie-window';

/** The user's own folder, as a session opens it. */
export function ownFolder({ userId, session, readAtEpoch }: CurrentSession): OpenFolder {
  return {
    owner: userOwner(userId),
    start: session.start,
    endsAtEpoch: sessionEndEpoch(session),
    readAtEpoch,
  };
}

/** A folder that a session or a link opens. */
export interface OpenFolder {
  owner: Owner;
  /** What to sign as the start. */
  start: number;
  /** The end of the session or the link, in epoch seconds. */
  endsAtEpoch: number;
  /** The time before the session or the link was read, in epoch seconds. */
  readAtEpoch: number;
}

/**
 * Issues the CloudFront cookies of a folder that is open in a session, or by a link, and notes them in the browser. The
 * browser holds the cookies of six teams at most. The answer clears those that were renewed longest ago.
 * @throws GatewayError signing_unavailable
 */
export async function issueCookies(
  request: FastifyRequest,
  reply: FastifyReply,
  folder: OpenFolder,
  deps: Deps,
): Promise<CookieWindow> {
  const { owner, readAtEpoch } = folder;
  const { cookies, ...window } = await sign(folder, deps);
  const { name, value } = folderNote({ owner, renewedAtEpoch: readAtEpoch });
  setCookies(reply, cookies);
  reply.setCookie(name, value, { ...HOST_COOKIE, maxAge: FILES_COOKIE_SECONDS });
  if (owner.kind === 'user') {
    const { issuedAtEpoch, expiresAtEpoch } = window;
    reply.setCookie(WINDOW_COOKIE, `${owner.id}.${issuedAtEpoch}.${expiresAtEpoch}`, HOST_COOKIE);
    return window;
  }
  const others = notedFolders(request)
    .filter((noted) => noted.owner.kind === 'team' && noted.owner.id !== owner.id)
    .toSorted((a, b) => a.renewedAtEpoch - b.renewedAtEpoch);
  const tooMany = others.slice(0, Math.max(0, others.length - MAX_TEAMS + 1));
  clearWithin(reply, tooMany, CLEARED_BYTES.besideOthers, deps);
  return window;
}

/**
 * The session or the link may have been revoked since it was read. The edge forgets a revocation once all cookies from
 * before it have expired. A cookie that lives longer would then open files. So these cookies end no later than cookies
 * that were signed at the time of the read.
 */
function sign(
  { owner, start, endsAtEpoch, readAtEpoch }: OpenFolder,
  { config, folderCookies }: Deps,
): Promise<CookieSet> {
  const latestEpoch = readAtEpoch + config.cookieLifetimeSeconds;
  return folderCookies.issue({
    owner,
    start: parseEpochSeconds(start),
    endsAt: parseEpochSeconds(Math.min(endsAtEpoch, latestEpoch)),
  });
}

/** How a client that is no browser opens a folder. */
export const BearerFiles = Type.Object({
  origin: Type.String(),
  prefix: Type.String(),
  cookie: Type.String({ description: 'The value of a `Cookie` header.' }),
  query: Type.String({
    description: 'The same for an address: it opens the whole folder for whoever learns the address.',
  }),
  expires_in: Type.Integer({ description: 'Seconds until both end.' }),
});

/**
 * The signed cookies of a folder, for a client that is no browser. Only such clients get them in the form of a query: in
 * a page, an address is easily passed on.
 * @throws GatewayError signing_unavailable
 */
export async function signForBearer(
  folder: OpenFolder,
  deps: Deps,
): Promise<{ window: CookieWindow; files: Type.Static<typeof BearerFiles> }> {
  const { cookies, ...window } = await sign(folder, deps);
  const pairs = cookies.flatMap(({ name, value }) => (value === '' ? [] : `${name}=${value}`));
  const files = {
    origin: deps.config.origins.files,
    prefix: folderPath(folder.owner),
    cookie: pairs.join('; '),
    query: pairs.map((pair) => pair.replace('CloudFront-', '')).join('&'),
    expires_in: window.expiresAtEpoch - nowEpoch(deps),
  };
  return { window, files };
}

/**
 * Clears the CloudFront cookies of all folders in this browser, or of all but one user's. The user of this session comes
 * first, then the teams. A request may name hundreds of folders, and an answer has room for a few. The others are
 * cleared by a later answer, since the browser sends their names again. Folders that links have opened are cleared with
 * the session. They stay if nobody was signed in, or the same user.
 */
export function clearFilesCookies(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Deps,
  except?: UserId,
): void {
  const own = readSessionCookie(request)?.userId;
  const rank = ({ owner }: NotedFolder) => (owner.kind === 'team' ? 1 : owner.id === own ? 0 : 2);
  const noted = notedFolders(request)
    .filter(({ owner }) => owner.kind === 'team' || owner.id !== except)
    .toSorted((a, b) => rank(a) - rank(b));
  const { besideOthers, alone } = CLEARED_BYTES;
  clearWithin(reply, noted, except === undefined ? alone : besideOthers, deps);
  // The session's cookie may have gone long ago. The note of the user's folder stays.
  const wasOther = noted.some(({ owner }) => owner.kind === 'user') || (own !== undefined && own !== except);
  if (except === undefined || wasOther) clearLinks(reply, linkCookiesOf(request));
  if (except === undefined) reply.clearCookie(WINDOW_COOKIE, HOST_COOKIE);
}

/**
 * The pass of this browser for a link. It ends with the browser, like the CloudFront cookies. The browser keeps five, and
 * the first of more than five is cleared.
 */
export function setLinkCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  { id, pass }: { id: string; pass: string },
): void {
  const name = LINK_COOKIE + id;
  const others = linkCookiesOf(request).filter((each) => each !== name);
  clearLinks(reply, others.slice(0, 1 - MAX_LINKS));
  reply.setCookie(name, pass, HOST_COOKIE);
}

/** A browser sends those first that it has had for longest (RFC 6265, section 5.4). */
function linkCookiesOf(request: FastifyRequest): string[] {
  return Object.keys(request.cookies).filter((name) => name.startsWith(LINK_COOKIE));
}

/** A request may name more. The others are cleared by a later answer. */
function clearLinks(reply: FastifyReply, names: string[]): void {
  for (const name of names.slice(0, MAX_LINKS)) reply.clearCookie(name, HOST_COOKIE);
}

export function clearLinkCookie(reply: FastifyReply, id: string): void {
  reply.clearCookie(LINK_COOKIE + id, HOST_COOKIE);
}

export function readLinkCookie(request: FastifyRequest, id: string): string | undefined {
  return request.cookies[LINK_COOKIE + id];
}

/** Clears the CloudFront cookies of one folder in this browser. */
export function clearFilesCookiesOf(reply: FastifyReply, owner: Owner, deps: Deps): void {
  setCookies(reply, clearedCookiesOf(owner, deps));
}

/** Clears the CloudFront cookies of a team. A user's id may look like a team's: the note of that user's cookies stays. */
export function clearTeamCookies(
  request: FastifyRequest,
  reply: FastifyReply,
  teamId: TeamId,
  deps: Deps,
): void {
  const isUser = notedFolders(request).some(({ owner }) => owner.kind === 'user' && owner.id === `${teamId}`);
  if (!isUser) clearFilesCookiesOf(reply, teamOwner(teamId), deps);
}

function clearWithin(reply: FastifyReply, noted: NotedFolder[], bytes: number, deps: Deps): void {
  let room = bytes;
  for (const { owner } of noted) {
    const cookies = clearedCookiesOf(owner, deps);
    room -= sizeOf(reply, cookies);
    if (room < 0) break;
    setCookies(reply, cookies);
  }
}

function notedFolders(request: FastifyRequest): NotedFolder[] {
  return Object.entries(request.cookies).flatMap(([name, value]) => notedFolder(name, value) ?? []);
}

function clearedCookiesOf(owner: Owner, deps: Deps): CloudFrontCookie[] {
  const noted = {
    name: folderNote({ owner, renewedAtEpoch: 0 }).name,
    value: '',
    options: { ...HOST_COOKIE, expires: new Date(0) },
  };
  return [...deps.folderCookies.clear(owner), noted];
}

/** The bytes of the header lines of these cookies. */
function sizeOf(reply: FastifyReply, cookies: CloudFrontCookie[]): number {
  const lines = cookies.map(
    ({ name, value, options }) => `set-cookie: ${reply.server.serializeCookie(name, value, options)}\r\n`,
  );
  return lines.join('').length;
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
