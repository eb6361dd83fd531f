import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import type { EndedSession } from '../../sessions/end.ts';
import type { CurrentSession } from '../../sessions/session-deps.ts';
import type { Deps } from '../../wiring/deps.ts';
import { clearFilesCookies, clearSessionCookie } from '../cookies.ts';
import { checkShownUser, findSession } from '../guards.ts';
import { route } from '../route.ts';
import { answerTold } from '../told.ts';

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
    async handler({ deps, request, reply, audit }) {
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
      if (ended) answerTold(reply, edge);
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
