import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../../domain/errors.ts';
import { type LoginTransaction, loginCookieName } from '../../domain/login.ts';
import type { Identity } from '../../domain/ports.ts';
import { IDLE_LIFETIME_SECONDS, newSecretToken, SESSION_LIFETIME_SECONDS } from '../../domain/session.ts';
import { deriveUserId, type UserId, userIdFromClaim } from '../../domain/user-id.ts';
import type { Deps } from '../context.ts';
import {
  clearFilesCookies,
  findSession,
  issueFilesCookies,
  nowEpoch,
  sessionTokenHash,
  setSessionCookie,
} from '../session-cookies.ts';

/** `GET /auth/callback`: from the provider, with a code; a session begins and replaces whatever was there. */
export function callbackRoute(app: FastifyInstance, deps: Deps): void {
  app.get('/auth/callback', async (request, reply) => {
    const callbackUrl = new URL(request.url, deps.config.origins.app);
    const states = callbackUrl.searchParams.getAll('state');
    const state = states.length === 1 ? (states[0] ?? '') : '';
    const transaction = await takeTransaction(request, reply, deps, state);
    if (!transaction) {
      // The back button after a sign-in: nothing is wrong.
      if (await findSession(request, deps)) return reply.redirect('/', 302);
      throw new GatewayError('login_cookie_missing');
    }
    if (transaction.expiresAtEpoch <= nowEpoch(deps)) throw new GatewayError('login_expired');
    const identity = await deps.identityProvider.exchange(callbackUrl, transaction);
    await beginSession(request, reply, deps, identity);
    return reply.redirect(transaction.returnTo, 302);
  });
}

async function takeTransaction(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Deps,
  state: string,
): Promise<LoginTransaction | undefined> {
  const cookieName = loginCookieName(state);
  const sealed = request.cookies[cookieName];
  if (!sealed) return undefined;
  reply.clearCookie(cookieName, { httpOnly: true, secure: true, sameSite: 'lax', path: '/' });
  return deps.loginSealer.open(sealed);
}

async function beginSession(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Deps,
  identity: Identity,
): Promise<void> {
  const userId = userIdOf(identity, deps.config.userIdClaim);
  const previous = sessionTokenHash(request);
  if (previous) await deps.sessions.delete(previous);
  const now = nowEpoch(deps);
  const session = {
    userId,
    start: await deps.sessions.allocateStart(userId, now),
    expiresAtEpoch: now + SESSION_LIFETIME_SECONDS,
    idleExpiresAtEpoch: now + IDLE_LIFETIME_SECONDS,
    idToken: identity.idToken,
    ...(identity.name === undefined ? {} : { name: identity.name }),
    ...(identity.email === undefined ? {} : { email: identity.email }),
  };
  const { token, hash } = newSecretToken();
  await deps.sessions.create(hash, session);
  clearFilesCookies(request, reply, deps, userId);
  setSessionCookie(reply, token);
  issueFilesCookies(reply, session, deps);
}

function userIdOf({ issuer, subject, claims }: Identity, claim: string | undefined): UserId {
  if (claim === undefined) return deriveUserId(issuer, subject);
  const userId = userIdFromClaim(claims[claim]);
  if (userId === undefined) throw new GatewayError('user_id_unusable');
  return userId;
}
