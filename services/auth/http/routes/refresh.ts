import * as Type from 'typebox';
import { GatewayError } from '../../../../core/errors.ts';
import { audit } from '../audit.ts';
import type { Deps, Scope } from '../context.ts';
import { clearFilesCookiesOf, issueFilesCookies } from '../cookies/issue-cookies.ts';
import { readSessionCookie } from '../cookies/session-cookie.ts';
import { signedIn } from '../plugins/signed-in.ts';
import { SessionBody, sessionBody } from '../session-body.ts';

const Body = Type.Union([
  Type.Object({ background: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
  Type.Null(),
]);

const PROVIDER_NOT_ASKED = 'the provider could not be asked again about a session; the session goes on';

/** `POST /auth/refresh`: fresh CloudFront cookies. A background renewal does not keep an idle session alive. */
export function refreshRoute(app: Scope, deps: Deps): void {
  app.post(
    '/auth/refresh',
    {
      schema: { body: Body, response: { 200: SessionBody } },
      config: {
        operation: 'refresh',
        summary: 'Fresh CloudFront cookies; a background renewal keeps no idle session alive',
        problems: ['too_many_logins', 'signing_unavailable'],
      },
      errorHandler(error, request, reply) {
        // Clears only cookies of the user that the browser asked for. Another user may have signed in there meanwhile.
        const token = readSessionCookie(request);
        const isOver = error instanceof GatewayError && error.code === 'no_session';
        if (isOver && token) clearFilesCookiesOf(reply, token.userId, deps);
        throw error;
      },
    },
    async (request, reply) => {
      const { userId, session } = signedIn(request);
      const current = await deps.sessions.renew(signedIn(request), request.body?.background === true, {
        ended: (code) => audit(request.log, 'ended_at_recheck', { userId, session: session.id, code }),
        failed: (err) => request.log.warn({ err }, PROVIDER_NOT_ASKED),
      });
      return sessionBody(current, await issueFilesCookies(reply, current, deps), deps);
    },
  );
}
