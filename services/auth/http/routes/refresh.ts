import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { GatewayError } from '../../domain/errors.ts';
import { extendedIdle } from '../../domain/session.ts';
import type { Deps } from '../context.ts';
import {
  clearAllCookies,
  issueFilesCookies,
  nowEpoch,
  requireSession,
  SessionBody,
  sessionBody,
} from '../session-cookies.ts';

const Body = Type.Union([
  Type.Object({ background: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
  Type.Null(),
]);

/** `POST /auth/refresh`: fresh CloudFront cookies. A background renewal does not keep an idle session alive. */
export function refreshRoute(app: FastifyInstance, deps: Deps): void {
  app.withTypeProvider<TypeBoxTypeProvider>().post(
    '/auth/refresh',
    {
      schema: { body: Body, response: { 200: SessionBody } },
      config: {
        operation: 'refresh',
        summary: 'Fresh CloudFront cookies; a background renewal keeps no idle session alive',
        problems: [
          'no_session',
          'cross_origin',
          'account_changed',
          'store_unavailable',
          'signing_unavailable',
        ],
      },
    },
    async (request, reply) => {
      try {
        const { tokenHash, session } = await requireSession(request, deps);
        const idleExpiresAtEpoch = request.body?.background
          ? undefined
          : extendedIdle(session, nowEpoch(deps));
        if (idleExpiresAtEpoch !== undefined) {
          if (!(await deps.sessions.extendIdle(tokenHash, idleExpiresAtEpoch)))
            throw new GatewayError('no_session');
          session.idleExpiresAtEpoch = idleExpiresAtEpoch;
        }
        return sessionBody(session, await issueFilesCookies(reply, session, deps), deps);
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'no_session')
          clearAllCookies(request, reply, deps);
        throw error;
      }
    },
  );
}
