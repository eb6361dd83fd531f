import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ErrorCode } from '../../domain/errors.ts';
import { newSecretToken } from '../../domain/session.ts';
import { audit } from '../audit.ts';
import type { Deps } from '../context.ts';
import {
  type CurrentSession,
  checkShownUser,
  clearAllCookies,
  endSession,
  findSession,
  nowEpoch,
} from '../session-cookies.ts';

/** The one-time address lives as long as a browser needs to follow it. */
const TICKET_SECONDS = 60;

const RESPONSES = {
  200: Type.Object({ redirect_to: Type.String() }, { description: 'For `Accept: application/json`.' }),
  303: Type.Null({ description: 'To the same address.' }),
};
const PROBLEMS: ErrorCode[] = ['cross_origin', 'account_changed', 'store_unavailable'];

/**
 * `POST /auth/logout`: this session is gone and its cookies are refused at the edge. `POST /auth/logout-all`: so are
 * all sessions of the user, and the shares. Then on to the provider's end-session endpoint.
 */
export function logoutRoutes(app: FastifyInstance, deps: Deps): void {
  app.post(
    '/auth/logout',
    {
      schema: { response: RESPONSES },
      config: { operation: 'logout', summary: 'Ends this session', problems: PROBLEMS },
    },
    async (request, reply) => {
      const current = await findSession(request, deps);
      if (current) {
        checkShownUser(request, current.session);
        await endSession(current.tokenHash, current.session, deps);
        audit(request.log, 'logout', { userId: current.session.userId });
      }
      return leave(request, reply, deps, current);
    },
  );
  app.post(
    '/auth/logout-all',
    {
      schema: { response: RESPONSES },
      config: {
        operation: 'logout_all',
        summary: 'Ends all sessions of the user, and all share links',
        problems: PROBLEMS,
      },
    },
    async (request, reply) => {
      const current = await findSession(request, deps);
      if (current) {
        checkShownUser(request, current.session);
        const { userId } = current.session;
        // The record first: from then on every session of the user is refused, whatever becomes of the rest.
        await deps.revocations.revokeAll(userId);
        await deps.sessions.delete(current.tokenHash);
        audit(request.log, 'logout_all', { userId });
      }
      return leave(request, reply, deps, current);
    },
  );
}

async function leave(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Deps,
  ended: CurrentSession | undefined,
) {
  let target = '/';
  if (ended) {
    const ticket = newSecretToken();
    await deps.sessions.putTicket(ticket.hash, ended.session.idToken, nowEpoch(deps) + TICKET_SECONDS);
    target = `/auth/end-session?ticket=${ticket.token}`;
  }
  clearAllCookies(request, reply, deps);
  const wantsJson = (request.headers.accept ?? '').includes('application/json');
  return wantsJson ? { redirect_to: target } : reply.redirect(target, 303);
}
