import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { FastifyInstance } from 'fastify';
import * as Type from 'typebox';
import type { CookieWindow } from '../../domain/session.ts';
import { type SessionView, sessionView } from '../../domain/session-view.ts';
import type { CurrentSession } from '../../sessions/session-deps.ts';
import { audit } from '../audit.ts';
import type { Deps, Scope } from '../context.ts';
import { clearFilesCookiesOf, issueFilesCookies, knownWindow, readSessionCookie } from '../cookies.ts';
import { signedIn } from '../guards.ts';
import { Instant } from '../schemas.ts';

/** The body of both routes: a `SessionView`. */
const SessionBody = Type.Object({
  user: Type.Object({
    id: Type.String(),
    name: Type.Optional(Type.String()),
    email: Type.Optional(Type.String()),
  }),
  files: Type.Object({
    origin: Type.String(),
    prefix: Type.String(),
    types: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Types that may be uploaded. If it is absent, any type may.',
      }),
    ),
    maxBytes: Type.Optional(
      Type.Integer({
        description: 'The most bytes of all files together. If it is absent, there is no limit.',
      }),
    ),
  }),
  cookies: Type.Object({ issuedAt: Instant, expiresAt: Instant, refreshAt: Instant }),
  session: Type.Object({ expiresAt: Instant }),
  serverTime: Instant,
});

type ViewDeps = Pick<Deps, 'clock' | 'config'>;

/** `GET /auth/session`: who is signed in. It issues nothing and extends nothing. */
export function sessionRoute(app: FastifyInstance, deps: ViewDeps): void {
  app.get(
    '/auth/session',
    {
      schema: { response: { 200: SessionBody } },
      config: { operation: 'session', summary: 'Who is signed in; it issues nothing and extends nothing' },
    },
    async (request) => {
      const current = signedIn(request);
      return viewOf(current, knownWindow(request, current), deps);
    },
  );
}

const RefreshBody = Type.Union([
  Type.Object({ background: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
  Type.Null(),
]);

const PROVIDER_NOT_ASKED = 'the provider could not be asked again about a session; the session goes on';

/** `POST /auth/refresh`: fresh CloudFront cookies. A background renewal does not keep an idle session alive. */
export function refreshRoute(app: Scope, deps: ViewDeps & Pick<Deps, 'cookieIssuer' | 'sessions'>): void {
  app.post(
    '/auth/refresh',
    {
      schema: { body: RefreshBody, response: { 200: SessionBody } },
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
      return viewOf(current, await issueFilesCookies(reply, current, deps), deps);
    },
  );
}

function viewOf(current: CurrentSession, window: CookieWindow, { clock, config }: ViewDeps): SessionView {
  const { userId: id, session, known } = current;
  const { name, email } = known.user;
  const { allowedTypes, maxUserBytes, origins } = config;
  return sessionView({
    id,
    name,
    email,
    filesOrigin: origins.files,
    allowedTypes,
    maxUserBytes,
    window,
    endsAtEpoch: session.expiresAtEpoch,
    nowMs: clock.now(),
  });
}
