import * as Type from 'typebox';
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
    types: Type.Optional(Type.Array(Type.String(), { description: 'That may be uploaded; any without it.' })),
    maxBytes: Type.Optional(Type.Integer({ description: 'Of all files together; no limit without it.' })),
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
    user: {
      ...view.user,
      ...(name === undefined ? {} : { name }),
      ...(email === undefined ? {} : { email }),
    },
    files: {
      ...view.files,
      ...(allowedTypes ? { types: allowedTypes } : {}),
      ...(maxUserBytes === undefined ? {} : { maxBytes: maxUserBytes }),
    },
  };
}
