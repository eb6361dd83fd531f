import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import {
  type Owner,
  type TeamId,
  teamOwner,
  toTeamId,
  userOwner,
} from '@cloudfront-cookie-gateway/core/owner';
import { parseUserId } from '@cloudfront-cookie-gateway/core/user-id';
import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clearLinkCookie, readLinkCookie } from '../cookies/cookies.ts';
import type { Uploader } from '../files/file.ts';
import type { LinkRole } from '../links/link.ts';
import type { OpenedLink } from '../links/links.ts';
import { hashToken } from '../sessions/secret-token.ts';
import { parseSessionToken } from '../sessions/session.ts';
import type { CurrentSession } from '../sessions/session-deps.ts';
import { type Membership, type Role, requireMembership } from '../teams/membership.ts';
import type { Deps } from '../wiring/deps.ts';
import type { AuditDetails } from './audit.ts';
import { bearerOf, rawTokenOf } from './bearer.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether a session was found. */
    hasSession: boolean;
  }
}

/** A session, whose files the request is about, and what the session's user is there. */
export interface FolderSession extends CurrentSession {
  owner: Owner;
  role: Role;
}

/** Who sends a request. `who` names the caller in the audit. */
export interface Callers {
  anybody: { who: AuditDetails };
  person: { who: AuditDetails; person: CurrentSession };
  folder: { who: AuditDetails; folder: FolderSession };
  /** Somebody who uploads or lists, in a folder or through a link. */
  uploader: { who: AuditDetails; uploader: Uploader };
  team: { who: AuditDetails; person: CurrentSession; teamId: TeamId; membership: Membership };
  /** `sender` names the browser that has opened the link, and no user. */
  link: { who: AuditDetails; opened: OpenedLink; sender: Uploader };
}

interface Asking {
  request: FastifyRequest;
  params: { team?: string; link?: string };
  reply: FastifyReply;
  deps: Deps;
  mount: 'own' | 'team' | 'link' | undefined;
  role?: Role;
  linkRole?: LinkRole;
  isOfMadeTeams?: true;
}

/**
 * One look for each kind of caller: session, folder and role are read once for a request. It comes before the body is
 * read. A person's role is what the user's record says that was read with the session.
 */
export const findCaller: { [Caller in keyof Callers]: (asking: Asking) => Promise<Callers[Caller]> } = {
  anybody: async () => ({ who: {} }),
  async person(asking) {
    const person = await requireSession(asking);
    return { person, who: { userId: person.userId } };
  },
  async folder(asking) {
    const folder = await requireFolder(asking);
    return { folder, who: whoIn(folder) };
  },
  async uploader(asking) {
    if (asking.mount !== 'link') {
      const folder = await requireFolder(asking);
      return { uploader: folder, who: whoIn(folder) };
    }
    const { sender } = await requireLink(asking);
    return { uploader: sender, who: {} };
  },
  async team(asking) {
    const person = await requireSession(asking);
    const membership = requireTeam(person, asking);
    const { teamId } = membership;
    return { person, teamId, membership, who: { userId: person.userId, team: teamId } };
  },
  async link(asking) {
    return { ...(await requireLink(asking)), who: {} };
  },
};

/** Who did something in a folder, and whose folder it is if that is a team's. */
function whoIn({ userId, owner }: Uploader): AuditDetails {
  return { userId, ...(owner.kind === 'team' ? { team: owner.id } : {}) };
}

/** @throws GatewayError cross_origin unless the request comes from the app's own page, or has an access token */
export function requireSameOrigin(request: FastifyRequest, appOrigin: string): void {
  if (bearerOf(request) === undefined && request.headers.origin !== appOrigin)
    throw new GatewayError('cross_origin');
}

/**
 * The live session of the user that the page shows (`Gateway-User`).
 * @throws GatewayError no_session; account_changed if the page shows somebody else; too_many_requests; store_unavailable
 */
async function requireSession({ request, reply, deps }: Asking): Promise<CurrentSession> {
  const session = await findSession(request, reply, deps);
  if (!session) throw new GatewayError('no_session');
  checkShownUser(request, session);
  await request.server.requestLimits.countOfUser(request, reply, session.userId);
  return session;
}

/**
 * The session of a request, if there is one.
 * @param how `findToEnd` also finds a session that is over by this clock, to end it
 * @throws GatewayError too_many_requests for a token that has often led to no session; store_unavailable
 */
export async function findSession(
  request: FastifyRequest,
  reply: FastifyReply,
  { sessions }: Deps,
  how: 'find' | 'findToEnd' = 'find',
): Promise<CurrentSession | undefined> {
  const raw = rawTokenOf(request);
  const token = parseSessionToken(raw);
  const isBearer = bearerOf(request) !== undefined;
  const findIt = () => sessions[how](token && { ...token, isBearer });
  const session = await request.server.requestLimits.lookUp(request, reply, raw, findIt);
  request.hasSession ||= session !== undefined;
  return session;
}

/** @throws GatewayError account_changed if `Gateway-User` is not the session's user */
export function checkShownUser({ headers }: FastifyRequest, { userId }: CurrentSession): void {
  const shown = headers['gateway-user'];
  if (shown !== undefined && shown !== userId) throw new GatewayError('account_changed');
}

/** In the own folder, the user may do everything. */
async function requireFolder(asking: Asking): Promise<FolderSession> {
  const session = await requireSession(asking);
  if (asking.mount === 'own') return { ...session, owner: userOwner(session.userId), role: 'manager' };
  const { teamId, role } = requireTeam(session, asking);
  return { ...session, owner: teamOwner(teamId), role };
}

/** @throws GatewayError no_such_team, also for a text that is no team's id; role_too_low; managed_by_provider */
function requireTeam(
  { known: { user } }: CurrentSession,
  { params, role, isOfMadeTeams }: Asking,
): Membership {
  const { team = '' } = params;
  const named = user.memberships.find(({ teamId }) => teamId === team);
  if (isOfMadeTeams && named?.kind === 'provider') throw new GatewayError('managed_by_provider');
  if (role === undefined) throw new GatewayError('role_too_low');
  return requireMembership(user, toTeamId(team), role);
}

/**
 * The link that this browser has opened.
 * @throws GatewayError link_over; role_too_low for a link of another role; too_many_requests
 */
async function requireLink(asking: Asking): Promise<{ opened: OpenedLink; sender: Uploader }> {
  const { request, reply, deps, linkRole } = asking;
  const { link: id = '' } = asking.params;
  const pass = readLinkCookie(request, id);
  const { requestLimits } = request.server;
  const opened = await requestLimits.lookUp(request, reply, pass, () => deps.links.find(pass, id));
  if (!opened) {
    if (pass) clearLinkCookie(reply, id);
    throw new GatewayError('link_over');
  }
  if (linkRole && opened.link.role !== linkRole) throw new GatewayError('role_too_low');
  // Each opening gives a new pass, so passes cannot be counted.
  await requestLimits.countOfUser(request, reply, `${id} ${normalizeIP(request.ip)}`);
  const userId = parseUserId(hashToken(pass ?? ''));
  return { opened, sender: { owner: teamOwner(opened.teamId), userId, isGuest: true } };
}
