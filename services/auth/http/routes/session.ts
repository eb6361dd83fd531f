import type { FastifyInstance } from 'fastify';
import type { Deps } from '../context.ts';
import { knownWindow } from '../cookies/issue-cookies.ts';
import { signedIn } from '../plugins/signed-in.ts';
import { SessionBody, sessionBody } from '../session-body.ts';

/** `GET /auth/session`: who is signed in. It issues nothing and extends nothing. */
export function sessionRoute(app: FastifyInstance, deps: Deps): void {
  app.get(
    '/auth/session',
    {
      schema: { response: { 200: SessionBody } },
      config: { operation: 'session', summary: 'Who is signed in; it issues nothing and extends nothing' },
    },
    async (request) => {
      const current = signedIn(request);
      return sessionBody(current, knownWindow(request, current), deps);
    },
  );
}
