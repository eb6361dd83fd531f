import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { hashToken } from '../../domain/session.ts';
import type { Deps } from '../context.ts';
import { nowEpoch } from '../session-cookies.ts';

/**
 * `GET /auth/end-session`: the one-time address that a sign-out leads to. It goes on to the provider (OpenID Connect
 * RP-Initiated Logout 1.0), so that the ID token in that address never reaches a script.
 */
export function endSessionRoute(app: FastifyInstance, deps: Deps): void {
  app.get(
    '/auth/end-session',
    {
      schema: {
        querystring: Type.Object({ ticket: Type.Optional(Type.Unknown()) }),
        response: { 302: Type.Null({ description: "To the provider's end-session endpoint." }) },
      },
      config: {
        operation: 'end_session',
        summary: 'The one-time address that a sign-out leads to',
        problems: ['provider_unavailable', 'store_unavailable'],
      },
    },
    async (request, reply) => {
      const ticket = new URL(request.url, deps.config.origins.app).searchParams.get('ticket');
      const idToken = ticket ? await deps.sessions.takeTicket(hashToken(ticket), nowEpoch(deps)) : undefined;
      const url = idToken === undefined ? undefined : await deps.identityProvider.endSessionUrl(idToken);
      return reply.redirect(url?.href ?? '/', 302);
    },
  );
}
