import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { nowEpoch, toInstant } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import * as Type from 'typebox';
import { liveSessions } from '../../sessions/sessions.ts';
import { clearFilesCookies, clearSessionCookie } from '../cookies.ts';
import { route } from '../route.ts';
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
    async handler({ deps, request, reply, person: { userId, session, known }, params: { id }, audit }) {
      const ended = await deps.sessions.endById(userId, id, known);
      if (!ended) throw new GatewayError('no_such_session');
      answerTold(reply, await ended.edge);
      audit('session_ended', { session: id });
      if (id === session.id) {
        clearSessionCookie(reply);
        clearFilesCookies(request, reply, deps);
      }
    },
  }),
];
