import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { newSecretToken } from '../../domain/session.ts';
import { audit } from '../audit.ts';
import type { Deps } from '../context.ts';
import { checkShownUser, clearAllCookies, findSession, nowEpoch } from '../session-cookies.ts';

/** The one-time address lives as long as a browser needs to follow it. */
const TICKET_SECONDS = 60;

/** `POST /auth/logout`: this session is gone, its cookies are cleared; then on to the provider's end-session endpoint. */
export function logoutRoute(app: FastifyInstance, deps: Deps): void {
  app.post(
    '/auth/logout',
    {
      schema: {
        response: {
          200: Type.Object(
            { redirect_to: Type.String() },
            { description: 'For `Accept: application/json`.' },
          ),
          303: Type.Null({ description: 'To the same address.' }),
        },
      },
      config: {
        operation: 'logout',
        summary: 'Ends this session',
        problems: ['cross_origin', 'account_changed', 'store_unavailable'],
      },
    },
    async (request, reply) => {
      const current = await findSession(request, deps);
      let target = '/';
      if (current) {
        checkShownUser(request, current.session);
        const ticket = newSecretToken();
        await deps.sessions.delete(current.tokenHash);
        await deps.sessions.putTicket(ticket.hash, current.session.idToken, nowEpoch(deps) + TICKET_SECONDS);
        audit(request.log, 'logout', { userId: current.session.userId });
        target = `/auth/end-session?ticket=${ticket.token}`;
      }
      clearAllCookies(request, reply, deps);
      const wantsJson = (request.headers.accept ?? '').includes('application/json');
      return wantsJson ? { redirect_to: target } : reply.redirect(target, 303);
    },
  );
}
