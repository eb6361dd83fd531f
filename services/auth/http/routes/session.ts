import type { FastifyInstance } from 'fastify';
import type { Deps } from '../context.ts';
import { knownWindow, requireSession, SessionBody, sessionBody } from '../session-cookies.ts';

/** `GET /auth/session`: who is signed in. It issues nothing and extends nothing. */
export function sessionRoute(app: FastifyInstance, deps: Deps): void {
  app.get(
    '/auth/session',
    {
      schema: { response: { 200: SessionBody } },
      config: {
        operation: 'session',
        summary: 'Who is signed in; it issues nothing and extends nothing',
        problems: ['no_session', 'account_changed', 'store_unavailable'],
      },
    },
    async (request) => {
      const { session } = await requireSession(request, deps);
      return sessionBody(session, knownWindow(request, session, deps), deps);
    },
  );
}
