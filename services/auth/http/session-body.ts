import { Type } from 'typebox';
import { type CookieWindow, refreshAtEpoch } from '../domain/session.ts';
import type { CurrentSession } from '../sessions/session-deps.ts';
import type { Deps } from './context.ts';
import { Instant, toInstant } from './instant.ts';

/** The body of `GET /auth/session` and `POST /auth/refresh`. */
export const SessionBody = Type.Object({
  user: Type.Object({
    id: Type.String(),
    name: Type.Optional(Type.String()),
    email: Type.Optional(Type.String()),
  }),
  files: Type.Object({ origin: Type.String(), prefix: Type.String() }),
  cookies: Type.Object({ issuedAt: Instant, expiresAt: Instant, refreshAt: Instant }),
  session: Type.Object({ expiresAt: Instant }),
  serverTime: Instant,
});

export function sessionBody({ userId, session, known }: CurrentSession, window: CookieWindow, deps: Deps) {
  const { name, email } = known.user;
  return {
    user: {
      id: userId,
      ...(name === undefined ? {} : { name }),
      ...(email === undefined ? {} : { email }),
    },
    files: { origin: deps.config.origins.files, prefix: `/users/${userId}/` },
    cookies: {
      issuedAt: toInstant(window.issuedAtEpoch),
      expiresAt: toInstant(window.expiresAtEpoch),
      refreshAt: toInstant(refreshAtEpoch(window)),
    },
    session: { expiresAt: toInstant(session.expiresAtEpoch) },
    serverTime: new Date(deps.clock.now()).toISOString(),
  };
}
