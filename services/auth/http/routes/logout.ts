import { type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as Type from 'typebox';
import type { EndedSession } from '../../sessions/end.ts';
import type { CurrentSession } from '../../sessions/session-deps.ts';
import { audit } from '../audit.ts';
import type { Deps } from '../context.ts';
import { clearFilesCookies, clearSessionCookie } from '../cookies.ts';
import { checkShownUser, findSession } from '../guards.ts';
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

/** What is in the items of teams ends a moment later, in a second step. */
const ALL =
  'Ends all sessions of the user, and the shares of their own folder. Shares, links and invitations of the user in teams end within two minutes';

/**
 * `POST /auth/logout`: this session ends, and the edge refuses its cookies. `POST /auth/logout-all`: all sessions and
 * shares of the user end too, and after the answer what the user made in teams. Both then lead to the provider's
 * end-session endpoint.
 */
export function logoutRoutes(
  app: FastifyInstance,
  deps: Pick<Deps, 'cookieIssuer' | 'sessions' | 'outlivesRequests'>,
): void {
  add('/auth/logout', { operation: 'logout', takesBearer: true }, 'Ends this session', (current) =>
    deps.sessions.end(current),
  );
  add('/auth/logout-all', { operation: 'logout_all' }, ALL, async (current) => {
    const ended = await deps.sessions.endAll(current.userId, current);
    // The answer does not wait for it. If it fails, the schedule does it, and reports what fails.
    void ended.endInTeams(deps.outlivesRequests).catch(() => {});
    return ended;
  });

  function add(
    url: string,
    { operation, ...more }: { operation: 'logout' | 'logout_all'; takesBearer?: true },
    summary: string,
    end: (current: CurrentSession) => Promise<EndedSession>,
  ): void {
    const problems: ErrorCode[] = ['account_changed', 'store_unavailable', 'clock_wrong'];
    const options = { schema: { response: RESPONSES }, config: { operation, ...more, summary, problems } };
    app.post(url, options, async (request, reply) => {
      // A browser that is already signed out may sign out again. There is no session then.
      const current = await findSession(request, reply, deps, 'findToEnd').catch((error: unknown) => {
        // This session has ended long ago. Its cookies go, whatever the limit says.
        if (error instanceof GatewayError && error.code === 'too_many_requests') clear(request, reply);
        throw error;
      });
      if (current) checkShownUser(request, current);
      const ended = current && (await end(current));
      if (current) audit(request.log, operation, { userId: current.userId });
      return leave(request, reply, ended);
    });
  }

  function clear(request: FastifyRequest, reply: FastifyReply): void {
    clearSessionCookie(reply);
    clearFilesCookies(request, reply, deps);
  }

  async function leave(request: FastifyRequest, reply: FastifyReply, ended: EndedSession | undefined) {
    const [ticket, edge = 'told'] = await Promise.all([ended?.ticket, ended?.edge]);
    const target = ticket === undefined ? '/' : `/auth/end-session?ticket=${ticket}`;
    clear(request, reply);
    if (ended) answerTold(reply, edge);
    // An answer above the limit clears the cookies all the same.
    if (!ended) await app.requestLimits.countRefusal(request, reply);
    const wantsJson = (request.headers.accept ?? '').includes('application/json');
    return wantsJson ? { redirect_to: target, edge } : reply.redirect(target, 303);
  }
}
