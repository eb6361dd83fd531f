import { loginCookieName } from '@cloudfront-cookie-gateway/core/cookies';
import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { FastifyReply } from 'fastify';
import * as Type from 'typebox';
import {
  clearFilesCookies,
  HOST_COOKIE,
  issueCookies,
  ownFolder,
  setSessionCookie,
} from '../../cookies/cookies.ts';
import { findSession } from '../../http/guards.ts';
import { route } from '../../http/route.ts';
import { admit, type LoginTransaction, toTransaction } from '../../provider/login.ts';
import type { Deps } from '../../wiring/deps.ts';
import { hashToken } from '../secret-token.ts';

/** The browser comes from the provider with a code. A session begins, and replaces the session that this browser had. */
export const callbackRoute = route({
  method: 'GET',
  url: '/auth/callback',
  operation: 'callback',
  summary: 'Ends a sign-in',
  caller: 'anybody',
  problems: [
    ...(['login_cookie_missing', 'login_expired', 'login_refused', 'not_allowed'] as const),
    ...(['user_id_unusable', 'user_id_taken', 'login_failed', 'provider_unavailable'] as const),
    ...(['store_unavailable', 'clock_wrong', 'signing_unavailable', 'too_many_logins'] as const),
  ],
  // A stranger's callback with a login that began here costs a write, and a question to the provider.
  limit: { refusalsThatBlock: 1 },
  // Any member may be missing or come twice. The handler decides what that means.
  query: Type.Object({
    code: Type.Optional(Type.Unknown()),
    state: Type.Optional(Type.Unknown()),
    iss: Type.Optional(Type.Unknown()),
    error: Type.Optional(Type.Unknown()),
  }),
  answers: {
    302: Type.Null({ description: 'Redirects to `return_to`, with the cookies of a new session.' }),
  },
  async handler({ deps, request, reply, audit }) {
    const callbackUrl = new URL(request.url, deps.config.origins.app);
    const states = callbackUrl.searchParams.getAll('state');
    const state = states.length === 1 ? (states[0] ?? '') : '';
    const sealed = request.cookies[loginCookieName(state)] ?? '';
    const transaction = toTransaction(await deps.sealer.open(sealed));
    if (!transaction) {
      // A person went back after a sign-in. Nothing is wrong.
      if (await findSession(request, reply, deps)) return reply.redirect('/');
      throw new GatewayError('login_cookie_missing');
    }
    await useTransaction(reply, deps, transaction);
    let userId: UserId | undefined;
    try {
      const identity = await deps.identityProvider.exchange(callbackUrl, transaction);
      userId = admit(identity, deps.config);
      const previous = await findSession(request, reply, deps, 'findToEnd').catch(nothingIfLimited);
      // The session that this browser still had ends first. A late answer to that session must open nothing.
      const ended = previous && (await deps.sessions.end(previous));
      const userAgent = request.headers['user-agent'];
      const begun = await deps.sessions.begin({ userId, identity, userAgent });
      clearFilesCookies(request, reply, deps, userId);
      // The session cookie is set last, after everything that can fail. Nobody is half signed in.
      await issueCookies(request, reply, ownFolder(begun.current), deps);
      await Promise.all([ended?.edge, ended?.ticket, begun.told]);
      setSessionCookie(reply, begun.token);
      audit('login', { userId });
    } catch (error) {
      if (error instanceof GatewayError) audit('login_refused', { code: error.code, userId });
      throw error;
    }
    return reply.redirect(transaction.returnTo);
  },
});

/** The cookie of a session that has ended long ago must not end the sign-in that replaces the session. */
function nothingIfLimited(error: unknown): undefined {
  if (!(error instanceof GatewayError) || error.code !== 'too_many_requests') throw error;
}

/** The store remembers the state too, so a copy of the cookie opens nothing a second time. */
async function useTransaction(reply: FastifyReply, deps: Deps, transaction: LoginTransaction): Promise<void> {
  const { state, expiresAtEpoch } = transaction;
  const isFirst =
    expiresAtEpoch > nowEpoch(deps) && (await deps.once.useOnce(hashToken(state), expiresAtEpoch));
  // By a wrong clock, every sign-in has expired, or none. And no token of the provider is valid.
  deps.clockGuard.check();
  reply.clearCookie(loginCookieName(state), HOST_COOKIE);
  if (!isFirst) throw new GatewayError('login_expired');
}
