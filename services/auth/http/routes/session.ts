import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { type TeamId, teamOwner, toTeamId, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import { ROLES, requireMembership } from '../../domain/membership.ts';
import { type CookieWindow, sessionEndEpoch } from '../../domain/session.ts';
import { type SessionView, sessionView, shownWindow } from '../../domain/session-view.ts';
import type { RecheckListener } from '../../sessions/recheck.ts';
import type { CurrentSession } from '../../sessions/session-deps.ts';
import { audit } from '../audit.ts';
import { bearerOf } from '../bearer.ts';
import type { Deps, Scope } from '../context.ts';
import {
  BearerFiles,
  clearFilesCookiesOf,
  clearTeamCookies,
  issueFilesCookies,
  issueTeamCookies,
  knownWindow,
  ownFolder,
  readSessionCookie,
  signForBearer,
} from '../cookies.ts';
import { signedIn } from '../guards.ts';
import { logLeftOut } from '../left-out.ts';
import { OPEN_TEAM } from '../limits.ts';
import { Instant, Window } from '../schemas.ts';

const FILES = {
  origin: Type.String(),
  prefix: Type.String(),
  types: Type.Optional(
    Type.Array(Type.String(), {
      description: 'Types that may be uploaded. If it is absent, any type may.',
    }),
  ),
  maxBytes: Type.Optional(
    Type.Integer({
      description: 'The most bytes of all files together. If it is absent, there is no limit.',
    }),
  ),
};

/** The body of both routes: a `SessionView`. */
const SessionBody = Type.Object({
  user: Type.Object({
    id: Type.String(),
    name: Type.Optional(Type.String()),
    email: Type.Optional(Type.String()),
  }),
  // A folder with credentials is a `BearerBody`.
  files: Type.Object(FILES, { additionalProperties: false }),
  cookies: Window,
  session: Type.Object({ expiresAt: Instant }),
  serverTime: Instant,
});

/** What a refresh answers to an access token. */
const BearerBody = Type.Object({
  ...SessionBody.properties,
  files: Type.Object({ ...FILES, ...BearerFiles.properties }),
});

type ViewDeps = Pick<Deps, 'clock' | 'config'>;

/** `GET /auth/session`: who is signed in. It issues nothing and extends nothing. */
export function sessionRoute(app: FastifyInstance, deps: ViewDeps): void {
  app.get(
    '/auth/session',
    {
      schema: { response: { 200: SessionBody } },
      config: { operation: 'session', summary: 'Who is signed in; it issues nothing and extends nothing' },
    },
    async (request) => {
      const current = signedIn(request);
      return viewOf(current, knownWindow(request, current), deps);
    },
  );
}

const RefreshBody = Type.Union([
  Type.Object({ background: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
  Type.Null(),
]);
const Query = Type.Object({
  team: Type.Optional(Type.String({ description: "A team's id: fresh cookies of that team alone." })),
});
const TeamBody = Type.Object({
  team: Type.Object({ id: Type.String(), role: Type.Enum([...ROLES]) }),
  cookies: Window,
  files: Type.Optional(BearerFiles),
});

const PROVIDER_NOT_ASKED = 'the provider could not be asked again about a session; the session goes on';

type RefreshDeps = ViewDeps & Pick<Deps, 'cookieIssuer' | 'sessions' | 'ofTeams'>;

/**
 * `POST /auth/refresh`: fresh CloudFront cookies; with `?team=`, those of a team. A background renewal does not keep an
 * idle session alive.
 */
export function refreshRoute(app: Scope, deps: RefreshDeps): void {
  app.post(
    '/auth/refresh',
    {
      schema: {
        querystring: Query,
        body: RefreshBody,
        response: { 200: Type.Union([SessionBody, TeamBody, BearerBody]) },
      },
      config: {
        operation: 'refresh',
        summary: 'Fresh CloudFront cookies; a background renewal keeps no idle session alive',
        problems: ['no_such_team', 'teams_full', 'too_many_logins', 'signing_unavailable'],
      },
      async preParsing(request, reply) {
        if (request.query.team === undefined) return;
        await app.requestLimits.countOfUser(request, reply, signedIn(request).userId, OPEN_TEAM);
        askedTeam(request, deps);
      },
      errorHandler(error, request, reply) {
        if (error instanceof GatewayError) clearRefused(error, request, reply, deps);
        throw error;
      },
    },
    async (request, reply) => {
      const current = signedIn(request);
      const { userId, session } = current;
      const isBackground = request.body?.background === true;
      const listener: RecheckListener = {
        ended: (code) => audit(request.log, 'ended_at_recheck', { userId, session: session.id, code }),
        failed: (err) => request.log.warn({ err }, PROVIDER_NOT_ASKED),
        leftOut: (counts) => logLeftOut(request.log, userId, counts),
      };
      const teamId = askedTeam(request, deps);
      const isBearer = bearerOf(request) !== undefined;
      if (teamId !== undefined) {
        const open = await deps.sessions.openTeam(current, { isBackground, teamId }, listener);
        const { start, membership } = open;
        const { session: opened, readAtEpoch } = open.current;
        const folder = { start, endsAtEpoch: sessionEndEpoch(opened), readAtEpoch };
        const team = { id: teamId, role: membership.role };
        if (isBearer) {
          const { window, files } = await signForBearer({ owner: teamOwner(teamId), ...folder }, deps);
          return { team, cookies: shownWindow(window), files };
        }
        const window = await issueTeamCookies(request, reply, { teamId, ...folder }, deps);
        return { team, cookies: shownWindow(window) };
      }
      const renewed = await deps.sessions.renew(current, isBackground, listener);
      if (isBearer) {
        const { window, files } = await signForBearer(ownFolder(renewed), deps);
        const view = viewOf(renewed, window, deps);
        return { ...view, files: { ...view.files, ...files } };
      }
      return viewOf(renewed, await issueFilesCookies(reply, renewed, deps), deps);
    },
  );
}

type TeamQuery = { Querystring: { team?: string } };

/**
 * @returns undefined if the user's own cookies are asked for
 * @throws GatewayError no_such_team
 */
function askedTeam(
  request: FastifyRequest<TeamQuery>,
  { ofTeams }: Pick<Deps, 'ofTeams'>,
): TeamId | undefined {
  const { team } = request.query;
  if (team === undefined) return undefined;
  // Records keep their memberships while a service has no teams.
  if (!ofTeams) throw new GatewayError('no_such_team');
  return requireMembership(signedIn(request).known.user, toTeamId(team)).teamId;
}

/**
 * Clears what the refused request asked for, and no other cookies. Another user may have signed in there meanwhile, or
 * another team may be open.
 */
function clearRefused(
  { code }: GatewayError,
  request: FastifyRequest<TeamQuery>,
  reply: FastifyReply,
  deps: Pick<Deps, 'cookieIssuer'>,
): void {
  const token = readSessionCookie(request);
  const teamId = toTeamId(request.query.team ?? '');
  if (code === 'no_session' && token) clearFilesCookiesOf(reply, userOwner(token.userId), deps);
  if (code === 'no_such_team' && teamId) clearTeamCookies(request, reply, teamId, deps);
}

function viewOf(current: CurrentSession, window: CookieWindow, { clock, config }: ViewDeps): SessionView {
  const { userId: id, session, known } = current;
  const { name, email } = known.user;
  const { allowedTypes, maxUserBytes, origins } = config;
  return sessionView({
    id,
    name,
    email,
    filesOrigin: origins.files,
    allowedTypes,
    maxUserBytes,
    window,
    endsAtEpoch: session.expiresAtEpoch,
    nowMs: clock.now(),
  });
}
