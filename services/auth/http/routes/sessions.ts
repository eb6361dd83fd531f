import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { nowEpoch, toInstant } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import * as Type from 'typebox';
import { liveSessions } from '../../sessions/sessions.ts';
import { audit } from '../audit.ts';
import type { Deps, Scope } from '../context.ts';
import { clearFilesCookies, clearSessionCookie } from '../cookies.ts';
import { signedIn } from '../guards.ts';
import { Instant } from '../schemas.ts';
import { answerTold } from '../told.ts';

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
const Params = Type.Object({ id: Type.String({ maxLength: 64 }) });

/** `GET /api/sessions`: the user's own sessions, the newest first. */
export function listSessionsRoute(app: Scope, deps: Pick<Deps, 'clock'>): void {
  app.get(
    '/api/sessions',
    {
      schema: { response: { 200: List } },
      config: { operation: 'list_sessions', summary: "The user's own sessions, the newest first" },
    },
    async (request) => {
      const { session: current, known } = signedIn(request);
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
  );
}

/** `DELETE /api/sessions/<id>`: that session ends as by logout. */
export function deleteSessionRoute(app: Scope, deps: Pick<Deps, 'cookieIssuer' | 'sessions'>): void {
  app.delete(
    '/api/sessions/:id',
    {
      schema: { params: Params, response: { 204: Type.Null({ description: 'It has ended.' }) } },
      config: {
        operation: 'delete_session',
        summary: 'Ends one session of the user',
        problems: ['no_such_session'],
      },
    },
    async (request, reply) => {
      const { userId, session, known } = signedIn(request);
      const { id } = request.params;
      const ended = await deps.sessions.endById(userId, id, known);
      if (!ended) throw new GatewayError('no_such_session');
      answerTold(reply, await ended.edge);
      audit(request.log, 'session_ended', { userId, session: id });
      if (id === session.id) {
        clearSessionCookie(reply);
        clearFilesCookies(request, reply, deps);
      }
      return reply.code(204).send(null);
    },
  );
}
