import type { FastifyInstance } from 'fastify';
import type { Deps } from '../context.ts';
import { knownWindow, requireSession, sessionBody } from '../session-cookies.ts';

/** `GET /auth/session`: who is signed in. It issues nothing and extends nothing. */
export function sessionRoute(app: FastifyInstance, deps: Deps): void {
  app.get('/auth/session', async (request) => {
    const { session } = await requireSession(request, deps);
    return sessionBody(session, knownWindow(request, session, deps), deps);
  });
}
