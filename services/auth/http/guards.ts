import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { type Owner, teamOwner, toTeamId, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import { parseUserId, type UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Uploader } from '../domain/file-ports.ts';
import type { LinkRole } from '../domain/link.ts';
import { type Role, requireMembership } from '../domain/membership.ts';
import { hashToken } from '../domain/secret-token.ts';
import { parseSessionToken } from '../domain/session.ts';
import type { Links, OpenedLink } from '../links/links.ts';
import type { CurrentSession } from '../sessions/session-deps.ts';
import { bearerOf, rawTokenOf } from './bearer.ts';
import type { Deps } from './context.ts';
import { clearLinkCookie, readLinkCookie } from './cookies.ts';

/**
 * For a scope of routes that change something: each request must come from the app's own page, or from a client that is no
 * browser.
 */
export function requireSameOrigin(app: FastifyInstance, appOrigin: string): void {
  app.addHook('onRoute', ({ config }) => {
    if (config) config.isSameOrigin = true;
  });
  app.addHook('onRequest', async (request) => {
    if (bearerOf(request) === undefined && request.headers.origin !== appOrigin)
      throw new GatewayError('cross_origin');
  });
}

const current = new WeakMap<FastifyRequest, CurrentSession>();

/**
 * A scope of routes for people who are signed in. No handler runs without a live session of the user that the page
 * shows (`Gateway-User`). The check comes before the body is read.
 * @throws GatewayError no_session; account_changed if the page shows somebody else
 */
export function requireSession(scope: FastifyInstance, deps: Pick<Deps, 'sessions'>): void {
  scope.addHook('onRoute', ({ config }) => {
    if (config) Object.assign(config, { isSignedIn: true, takesBearer: true });
  });
  scope.addHook('preParsing', async (request, reply) => {
    const session = await findSession(request, reply, deps);
    if (!session) throw new GatewayError('no_session');
    checkShownUser(request, session);
    await scope.requestLimits.countOfUser(request, reply, session.userId);
  });
}

/**
 * The session of a request, if there is one.
 * @param how `findToEnd` also finds a session that is over by this clock, to end it
 * @throws GatewayError too_many_requests for a token that has often led to no session; store_unavailable
 */
export async function findSession(
  request: FastifyRequest,
  reply: FastifyReply,
  { sessions }: Pick<Deps, 'sessions'>,
  how: 'find' | 'findToEnd' = 'find',
): Promise<CurrentSession | undefined> {
  const raw = rawTokenOf(request);
  const token = parseSessionToken(raw);
  const isBearer = bearerOf(request) !== undefined;
  const findIt = () => sessions[how](token && { ...token, isBearer });
  const { requestLimits } = request.server;
  const session = await requestLimits.lookUp(request, reply, raw, findIt);
  if (session) current.set(request, session);
  return session;
}

/** Whether `findSession` has found a session. */
export function hasSession(request: FastifyRequest): boolean {
  return current.has(request);
}

/** The session of a request in that scope. */
export function signedIn(request: FastifyRequest): CurrentSession {
  const session = current.get(request);
  if (!session) throw new Error('this route is not in the scope of requireSession');
  return session;
}

/** A session, whose files the request is about, and what the session's user is there. */
export interface FolderSession extends CurrentSession {
  owner: Owner;
  role: Role;
}

const folders = new WeakMap<FastifyRequest, Pick<FolderSession, 'owner' | 'role'>>();

/** Inside `requireSession`, a scope of routes for the user's own folder. The user may do everything there. */
export function requireOwnFolder(scope: FastifyInstance): void {
  scope.addHook('preParsing', async (request) => {
    folders.set(request, { owner: userOwner(signedIn(request).userId), role: 'manager' });
  });
}

/**
 * Inside `requireSession`, a scope of routes below `/api/teams/:team`. No handler runs unless the user belongs to the
 * team and has at least the route's `role` there, as the user's record says that the guard of the session has read. The
 * check comes before the body is read.
 * @throws GatewayError no_such_team, also for a text that is no team's id; role_too_low
 */
export function requireTeam(scope: FastifyInstance): void {
  scope.addHook('onRoute', ({ method, url, config }) => {
    if (config?.role === undefined) throw new Error(`${String(method)} ${url} says no role`);
    config.isOfTeam = true;
  });
  scope.addHook<{ Params: { team?: string } }>('preParsing', async (request) => {
    const { role: needed } = request.routeOptions.config;
    if (needed === undefined) throw new GatewayError('role_too_low');
    const { user } = signedIn(request).known;
    const { teamId, role } = requireMembership(user, toTeamId(request.params.team ?? ''), needed);
    folders.set(request, { owner: teamOwner(teamId), role });
  });
}

/** The session and the folder of a request in such a scope. */
export function inFolder(request: FastifyRequest): FolderSession {
  const folder = folders.get(request);
  if (!folder) throw new Error('this route is not in the scope of a folder');
  return { ...signedIn(request), ...folder };
}

const opened = new WeakMap<FastifyRequest, OpenedLink & { sender: UserId }>();

/**
 * A scope of routes below `…/links/:link`, for browsers that have opened the link. The check comes before the body is
 * read.
 * @param role of the link; any if it is left out
 * @throws GatewayError link_over; role_too_low for a link of another role
 */
export function requireLink(scope: FastifyInstance, { links }: { links: Links }, role?: LinkRole): void {
  scope.addHook('onRoute', ({ config }) => {
    if (config) config.isOfLink = true;
  });
  scope.addHook<{ Params: { link?: string } }>('preParsing', async (request, reply) => {
    const { link: id = '' } = request.params;
    const pass = readLinkCookie(request, id);
    const find = () => links.find(pass, id);
    const found = await scope.requestLimits.lookUp(request, reply, pass, find);
    if (!found) {
      if (pass) clearLinkCookie(reply, id);
      throw new GatewayError('link_over');
    }
    if (role && found.link.role !== role) throw new GatewayError('role_too_low');
    const sender = parseUserId(hashToken(pass ?? ''));
    opened.set(request, { ...found, sender });
    // Each opening gives a new pass, so passes cannot be counted.
    await scope.requestLimits.countOfUser(request, reply, `${id} ${normalizeIP(request.ip)}`);
  });
}

/** The link of a request in that scope. `sender` names the browser, and no user. */
export function ofLink(request: FastifyRequest): OpenedLink & { sender: UserId } {
  const link = opened.get(request);
  if (!link) throw new Error('this route is not in the scope of a link');
  return link;
}

/** Who uploads by a request, in the scope of a folder or of a link. */
export function uploaderIn(request: FastifyRequest): Uploader {
  const link = opened.get(request);
  return link ? { owner: teamOwner(link.teamId), userId: link.sender, isGuest: true } : inFolder(request);
}

/** @throws GatewayError account_changed if `Gateway-User` is not the session's user */
export function checkShownUser(request: FastifyRequest, { userId }: CurrentSession): void {
  const shown = request.headers['gateway-user'];
  if (shown !== undefined && shown !== userId) throw new GatewayError('account_changed');
}
