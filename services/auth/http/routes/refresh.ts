import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { GatewayError } from '../../domain/errors.ts';
import {
  isOvertaken,
  isSignedOut,
  withCookieLifetime,
  withNextStart,
  withRevokedStart,
} from '../../domain/revocation.ts';
import { extendedIdle } from '../../domain/session.ts';
import type { Deps } from '../context.ts';
import {
  type CurrentSession,
  clearAllCookies,
  issueFilesCookies,
  nowEpoch,
  requireSession,
  SessionBody,
  sessionBody,
} from '../session-cookies.ts';

const Body = Type.Union([
  Type.Object({ background: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
  Type.Null(),
]);

/** `POST /auth/refresh`: fresh CloudFront cookies. A background renewal does not keep an idle session alive. */
export function refreshRoute(app: FastifyInstance, deps: Deps): void {
  app.withTypeProvider<TypeBoxTypeProvider>().post(
    '/auth/refresh',
    {
      schema: { body: Body, response: { 200: SessionBody } },
      config: {
        operation: 'refresh',
        summary: 'Fresh CloudFront cookies; a background renewal keeps no idle session alive',
        problems: [
          'no_session',
          'cross_origin',
          'account_changed',
          'too_many_logins',
          'store_unavailable',
          'signing_unavailable',
        ],
      },
    },
    async (request, reply) => {
      try {
        const current = await requireSession(request, deps);
        const { tokenHash, session } = current;
        const idleExpiresAtEpoch = request.body?.background
          ? undefined
          : extendedIdle(session, nowEpoch(deps));
        if (idleExpiresAtEpoch !== undefined) {
          if (!(await deps.sessions.extendIdle(tokenHash, idleExpiresAtEpoch)))
            throw new GatewayError('no_session');
          session.idleExpiresAtEpoch = idleExpiresAtEpoch;
        }
        await restartIfOvertaken(current, deps);
        return sessionBody(session, await issueFilesCookies(reply, session, deps), deps);
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'no_session')
          clearAllCookies(request, reply, deps);
        throw error;
      }
    },
  );
}

/**
 * The edge's floor has gone over a live session, or cookies live longer than they used to: the user's record must say so
 * before cookies are handed out.
 */
async function restartIfOvertaken({ tokenHash, session, user }: CurrentSession, deps: Deps): Promise<void> {
  const now = nowEpoch(deps);
  const { cookieLifetimeSeconds } = deps.config;
  const needsStart = isOvertaken(user, session.start, now);
  if (!needsStart && user.longestCookieSeconds >= cookieLifetimeSeconds) return;
  const changed = await deps.users.update(session.userId, (known) => {
    const longest = withCookieLifetime(known, cookieLifetimeSeconds);
    if (!needsStart) return longest === known ? undefined : longest;
    // A logout of all sessions came in between: a new start would be above its floor.
    if (isSignedOut(known, session.start)) throw new GatewayError('no_session');
    const next = withNextStart(longest, now);
    if (!next) throw new GatewayError('too_many_logins');
    return withRevokedStart(next, session.start, now);
  });
  if (!needsStart) return;
  const isOurs = await deps.sessions.restart(tokenHash, session.start, changed.lastStart);
  // Another tab was faster: all of them go on with its start.
  const start = isOurs ? changed.lastStart : (await deps.sessions.read(tokenHash))?.start;
  if (start === undefined) throw new GatewayError('no_session');
  session.start = start;
  await deps.revocations.tellEdge(session.userId);
}
