import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { nowEpoch, toInstant } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import { clearFilesCookies, clearSessionCookie, HOST_COOKIE } from '../../cookies/cookies.ts';
import { checkShownUser, findSession } from '../../http/guards.ts';
import { route } from '../../http/route.ts';
import { Instant } from '../../http/schemas.ts';
import type { Deps } from '../../wiring/deps.ts';
import type { EndedSession } from '../end.ts';
import { hashToken, newSecretToken } from '../secret-token.ts';
import type { CurrentSession } from '../session-deps.ts';
import { liveSessions } from '../sessions.ts';

const RESPONSES = {
  200: Type.Object(
    {
      redirect_to: Type.String(),
      edge: Type.Union([Type.Literal('told'), Type.Literal('pending')], {
        description: '`pending`: the edge has not confirmed within 2 seconds; it will be told later.',
      }),
    },
    { description: 'For `Accept: application/json`.' },
  ),
  303: Type.Null({ description: 'Redirects to the same address.' }),
};

function clear(request: FastifyRequest, reply: FastifyReply, deps: Deps): void {
  clearSessionCookie(reply);
  clearFilesCookies(request, reply, deps);
}

/** Sessions end, and the edge refuses their cookies. It leads to the provider's end-session endpoint. */
function logoutRoute(
  about: { operation: 'logout' | 'logout_all'; url: string; summary: string; takesBearer?: true },
  end: (deps: Deps, current: CurrentSession) => Promise<EndedSession>,
) {
  return route({
    ...about,
    method: 'POST',
    caller: 'anybody',
    problems: ['account_changed', 'store_unavailable', 'clock_wrong'],
    answers: RESPONSES,
    async handler({ deps, request, reply, audit, told }) {
      // A browser that is already signed out may sign out again. There is no session then.
      const current = await findSession(request, reply, deps, 'findToEnd').catch((error: unknown) => {
        // This session has ended long ago. Its cookies go, whatever the limit says.
        const isLimited = error instanceof GatewayError && error.code === 'too_many_requests';
        if (isLimited) clear(request, reply, deps);
        throw error;
      });
      if (current) checkShownUser(request, current);
      const ended = current && (await end(deps, current));
      if (current) audit(about.operation, { userId: current.userId });
      const [ticket, edge = 'told'] = await Promise.all([ended?.ticket, ended?.edge]);
      const target = ticket === undefined ? '/' : `/auth/end-session?ticket=${ticket}`;
      clear(request, reply, deps);
      if (ended) told(edge);
      // An answer above the limit clears the cookies all the same.
      else await request.server.requestLimits.countRefusal(request, reply);
      const wantsJson = (request.headers.accept ?? '').includes('application/json');
      return wantsJson ? { redirect_to: target, edge } : reply.redirect(target, 303);
    },
  });
}

export const logoutRoutes = [
  logoutRoute(
    { operation: 'logout', url: '/auth/logout', summary: 'Ends this session', takesBearer: true },
    (deps, current) => deps.sessions.end(current),
  ),
  logoutRoute(
    {
      operation: 'logout_all',
      url: '/auth/logout-all',
      // What is in the items of teams ends a moment later, in a second step.
      summary:
        'Ends all sessions of the user, and the shares of their own folder. Shares, links and invitations of the user in teams end within two minutes',
    },
    async ({ sessions, outlivesRequests }, current) => {
      const ended = await sessions.endAll(current.userId, current);
      // The answer does not wait for it. If it fails, the schedule does it, and reports what fails.
      void ended.endInTeams(outlivesRequests).catch(() => {});
      return ended;
    },
  ),
];

const List = Type.Object({
  sessions: Type.Array(
    Type.Object({
      id: Type.String(),
      current: Type.Boolean(),
      createdAt: Instant,
      lastUsedAt: Instant,
      userAgent: Type.Optional(Type.String()),
    }),
  ),
});

export const ownSessionsRoutes = [
  route({
    method: 'GET',
    url: '/api/sessions',
    operation: 'list_sessions',
    summary: "The user's own sessions, the newest first",
    caller: 'person',
    answers: { 200: List },
    async handler({ deps, person: { session: current, known } }) {
      const sessions = liveSessions(known.user.sessions, nowEpoch(deps));
      return {
        sessions: sessions.map(({ id, createdAtEpoch, lastUsedAtEpoch, userAgent }) => ({
          id,
          current: id === current.id,
          createdAt: toInstant(createdAtEpoch),
          lastUsedAt: toInstant(lastUsedAtEpoch),
          ...defined({ userAgent }),
        })),
      };
    },
  }),

  // The session ends as by logout.
  route({
    method: 'DELETE',
    url: '/api/sessions/:id',
    operation: 'delete_session',
    summary: 'Ends one session of the user',
    caller: 'person',
    problems: ['no_such_session'],
    params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
    answers: { 204: Type.Null({ description: 'It has ended.' }) },
    async handler({ deps, request, reply, person: { userId, session, known }, params: { id }, audit, told }) {
      const ended = await deps.sessions.endById(userId, id, known);
      if (!ended) throw new GatewayError('no_such_session');
      told(await ended.edge);
      audit('session_ended', { session: id });
      if (id === session.id) {
        clearSessionCookie(reply);
        clearFilesCookies(request, reply, deps);
      }
    },
  }),
];

/** The hash of the `state` that this browser took along to the provider for the sign-out. */
const RETURN_COOKIE = '__Host-logout';
/** The provider may ask the person first. */
const RETURN_SECONDS = 10 * 60;

function parameters(url: string, name: string, { config }: Deps): string[] {
  return new URL(url, config.origins.app).searchParams.getAll(name);
}

/** The way to the provider and back (OpenID Connect RP-Initiated Logout 1.0). */
export const endSessionRoutes = [
  // The provider's own address holds the ID token, so no script ever sees that address.
  route({
    method: 'GET',
    url: '/auth/end-session',
    operation: 'end_session',
    summary: 'The one-time address that a sign-out leads to',
    caller: 'anybody',
    problems: ['bad_request', 'provider_unavailable', 'store_unavailable', 'clock_wrong'],
    query: Type.Object({ ticket: Type.Optional(Type.Unknown()) }),
    answers: { 302: Type.Null({ description: "Redirects to the provider's end-session endpoint." }) },
    async handler({ deps, request, reply }) {
      const { requestLimits } = request.server;
      const [ticket] = parameters(request.url, 'ticket', deps);
      if (ticket === undefined) return reply.redirect('/');
      const take = () => deps.sessions.takeTicket(ticket);
      const idToken = await requestLimits.lookUp(request, reply, ticket, take);
      if (idToken === undefined) await requestLimits.countRefusal(request, reply);
      const { token: state, hash } = newSecretToken();
      const url = idToken && (await deps.identityProvider.endSessionUrl(idToken, state));
      if (!url) return reply.redirect('/');
      reply.setCookie(RETURN_COOKIE, hash, { ...HOST_COOKIE, maxAge: RETURN_SECONDS });
      return reply.redirect(url.href);
    },
  }),

  route({
    method: 'GET',
    url: '/auth/signed-out',
    operation: 'signed_out',
    summary: 'Where the provider sends the browser after a sign-out',
    caller: 'anybody',
    problems: ['logout_state_invalid'],
    query: Type.Object({ state: Type.Optional(Type.Unknown()) }),
    answers: { 302: Type.Null({ description: 'Redirects to the start page.' }) },
    async handler({ deps, request, reply }) {
      const [state, ...more] = parameters(request.url, 'state', deps);
      const expected = request.cookies[RETURN_COOKIE];
      // Some providers, such as Amazon Cognito, do not send the state back. Then this browser must at least be the one
      // that went there.
      const isExpected =
        expected !== undefined && more.length === 0 && (state === undefined || expected === hashToken(state));
      if (!isExpected) throw new GatewayError('logout_state_invalid');
      reply.clearCookie(RETURN_COOKIE, HOST_COOKIE);
      return reply.redirect('/');
    },
  }),
];
