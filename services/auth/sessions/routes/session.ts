import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { type TeamId, teamOwner, toTeamId, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import type { FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import {
  BearerFiles,
  clearFilesCookiesOf,
  clearTeamCookies,
  issueCookies,
  knownWindow,
  type OpenFolder,
  ownFolder,
  readSessionCookie,
  signForBearer,
} from '../../cookies/cookies.ts';
import { bearerOf } from '../../http/bearer.ts';
import { OPEN_TEAM } from '../../http/limits.ts';
import { route } from '../../http/route.ts';
import { Instant, Window } from '../../http/schemas.ts';
import { hasTeams } from '../../settings/config.ts';
import { exactly } from '../../settings/exactly.ts';
import { ROLES, requireMembership } from '../../teams/membership.ts';
import type { Deps } from '../../wiring/deps.ts';
import type { RecheckListener } from '../recheck.ts';
import { type CookieWindow, sessionEndEpoch } from '../session.ts';
import type { CurrentSession } from '../session-deps.ts';
import { type SessionView, sessionView, shownWindow } from '../view.ts';

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
  files: exactly(FILES),
  cookies: Window,
  session: Type.Object({ expiresAt: Instant }),
  serverTime: Instant,
});

/** What a refresh answers to an access token. */
const BearerBody = Type.Object({
  ...SessionBody.properties,
  files: Type.Object({ ...FILES, ...BearerFiles.properties }),
});

const RefreshBody = Type.Union([exactly({ background: Type.Optional(Type.Boolean()) }), Type.Null()]);
const TeamBody = Type.Object({
  team: Type.Object({ id: Type.String(), role: Type.Enum([...ROLES]) }),
  cookies: Window,
  files: Type.Optional(BearerFiles),
});

const PROVIDER_NOT_ASKED = 'the provider could not be asked again about a session; the session goes on';

/**
 * @returns undefined if the user's own cookies are asked for
 * @throws GatewayError no_such_team
 */
function askedTeam(
  team: string | undefined,
  { known }: CurrentSession,
  { config }: Deps,
): TeamId | undefined {
  if (team === undefined) return undefined;
  // Records keep their memberships while a service has no teams.
  if (!hasTeams(config)) throw new GatewayError('no_such_team');
  return requireMembership(known.user, toTeamId(team)).teamId;
}

/** The team that a refused request asked for. */
function namedTeam({ url }: FastifyRequest): TeamId | undefined {
  const [named = '', ...others] = new URLSearchParams(url.split('?')[1]).getAll('team');
  return others.length === 0 ? toTeamId(named) : undefined;
}

function viewOf(
  { userId: id, session, known }: CurrentSession,
  window: CookieWindow,
  { clock, config }: Deps,
): SessionView {
  const { name, email } = known.user;
  const { allowedTypes: types, maxUserBytes: maxBytes, origins } = config;
  return sessionView({
    user: { id, ...defined({ name, email }) },
    files: { origin: origins.files, ...defined({ types, maxBytes }) },
    ...{ window, endsAtEpoch: session.expiresAtEpoch, nowMs: clock.now() },
  });
}

export const sessionRoutes = [
  route({
    method: 'GET',
    url: '/auth/session',
    operation: 'session',
    summary: 'Who is signed in; it issues nothing and extends nothing',
    caller: 'person',
    answers: { 200: SessionBody },
    handler: async ({ deps, request, person }) => viewOf(person, knownWindow(request, person), deps),
  }),

  // With `?team=`, fresh cookies of that team.
  route({
    method: 'POST',
    url: '/auth/refresh',
    operation: 'refresh',
    summary: 'Fresh CloudFront cookies; a background renewal keeps no idle session alive',
    caller: 'person',
    problems: ['no_such_team', 'teams_full', 'too_many_logins', 'signing_unavailable'],
    query: Type.Object({
      team: Type.Optional(Type.String({ description: "A team's id: fresh cookies of that team alone." })),
    }),
    body: RefreshBody,
    answers: { 200: Type.Union([SessionBody, TeamBody, BearerBody]) },
    async beforeBody({ deps, request, reply, person, query: { team } }) {
      if (team === undefined) return;
      await request.server.requestLimits.countOfUser(request, reply, person.userId, OPEN_TEAM);
      askedTeam(team, person, deps);
    },
    onError(error, { deps, request, reply }) {
      // Only what the refused request asked for is cleared. Another user may have signed in there meanwhile, or another
      // team may be open.
      const code = error instanceof GatewayError ? error.code : undefined;
      const token = readSessionCookie(request);
      const teamId = namedTeam(request);
      if (code === 'no_session' && token) clearFilesCookiesOf(reply, userOwner(token.userId), deps);
      if (code === 'no_such_team' && teamId) clearTeamCookies(request, reply, teamId, deps);
      return error;
    },
    async handler({ deps, request, reply, person, query, body, audit }) {
      const { session } = person;
      const isBackground = body?.background === true;
      const listener: RecheckListener = {
        ended: (code) => audit('ended_at_recheck', { session: session.id, code }),
        failed: (err) => request.log.warn({ err }, PROVIDER_NOT_ASKED),
      };
      const openIt = async (folder: OpenFolder) =>
        bearerOf(request) === undefined
          ? { window: await issueCookies(request, reply, folder, deps), files: undefined }
          : signForBearer(folder, deps);
      const teamId = askedTeam(query.team, person, deps);
      if (teamId === undefined) {
        const renewed = await deps.sessions.renew(person, isBackground, listener);
        const { window, files } = await openIt(ownFolder(renewed));
        const view = viewOf(renewed, window, deps);
        return { ...view, files: { ...view.files, ...files } };
      }
      const open = await deps.sessions.openTeam(person, { isBackground, teamId }, listener);
      const { start, membership, current } = open;
      const { window, files } = await openIt({
        ...{ owner: teamOwner(teamId), start },
        ...{ endsAtEpoch: sessionEndEpoch(current.session), readAtEpoch: current.readAtEpoch },
      });
      const team = { id: teamId, role: membership.role };
      return { team, cookies: shownWindow(window), ...defined({ files }) };
    },
  }),
];
