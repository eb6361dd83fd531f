import * as Type from 'typebox';
import { defined } from '../../../core/defined.ts';
import type { CookieWindow } from '../domain/session.ts';
import { sessionView } from '../domain/session-view.ts';
import type { CurrentSession } from '../sessions/session-deps.ts';
import type { Deps } from './context.ts';
import { Instant } from './instant.ts';

/** The body of `GET /auth/session` and `POST /auth/refresh`. */
export const SessionBody = Type.Object({
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

export function sessionBody({ userId, session, known }: CurrentSession, window: CookieWindow, deps: Deps) {
  const { name, email } = known.user;
  const view = sessionView({
    id: userId,
    filesOrigin: deps.config.origins.files,
    window,
    endsAtEpoch: session.expiresAtEpoch,
    nowMs: deps.clock.now(),
  });
  const { allowedTypes, maxUserBytes } = deps.config;
  return {
    ...view,
    user: { ...view.user, ...defined({ name, email }) },
    files: { ...view.files, ...defined({ types: allowedTypes, maxBytes: maxUserBytes }) },
  };
}
