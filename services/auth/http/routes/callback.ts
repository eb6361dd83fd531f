import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { isAllowed } from '../../domain/allow-rule.ts';
import { GatewayError } from '../../domain/errors.ts';
import { type LoginTransaction, loginCookieName } from '../../domain/login.ts';
import type { Identity } from '../../domain/ports.ts';
import { withCookieLifetime, withNextStart } from '../../domain/revocation.ts';
import {
  hashToken,
  IDLE_LIFETIME_SECONDS,
  newSecretToken,
  providerSessionKey,
  SESSION_LIFETIME_SECONDS,
} from '../../domain/session.ts';
import { deriveUserId, isSubject, type UserId, userIdFromClaim } from '../../domain/user-id.ts';
import { audit } from '../audit.ts';
import type { Deps } from '../context.ts';
import {
  clearFilesCookies,
  endSession,
  findSession,
  HOST_COOKIE,
  issueFilesCookies,
  nowEpoch,
  sessionTokenHash,
  setSessionCookie,
} from '../session-cookies.ts';

/** `GET /auth/callback`: from the provider, with a code; a session begins and replaces whatever was there. */
export function callbackRoute(app: FastifyInstance, deps: Deps): void {
  app.get(
    '/auth/callback',
    {
      schema: {
        // Any member may be missing or there twice: what that means is for the code below to say.
        querystring: Type.Object({
          code: Type.Optional(Type.Unknown()),
          state: Type.Optional(Type.Unknown()),
          iss: Type.Optional(Type.Unknown()),
          error: Type.Optional(Type.Unknown()),
        }),
        response: { 302: Type.Null({ description: 'To `return_to`, with the cookies of a new session.' }) },
      },
      config: {
        operation: 'callback',
        summary: 'Ends a sign-in',
        problems: [
          'login_cookie_missing',
          'login_expired',
          'login_refused',
          'not_allowed',
          'user_id_unusable',
          'login_failed',
          'provider_unavailable',
          'store_unavailable',
          'signing_unavailable',
          'too_many_logins',
        ],
        rateLimit: { max: deps.config.rateLimitPerMinute },
      },
    },
    async (request, reply) => {
      const callbackUrl = new URL(request.url, deps.config.origins.app);
      const states = callbackUrl.searchParams.getAll('state');
      const state = states.length === 1 ? (states[0] ?? '') : '';
      const transaction = await deps.loginSealer.open(request.cookies[loginCookieName(state)] ?? '');
      if (!transaction) {
        // The back button after a sign-in: nothing is wrong.
        if (await findSession(request, deps)) return reply.redirect('/', 302);
        throw new GatewayError('login_cookie_missing');
      }
      await useTransaction(reply, deps, transaction);
      try {
        const identity = await deps.identityProvider.exchange(callbackUrl, transaction);
        const userId = admit(identity, deps);
        await beginSession(request, reply, deps, identity, userId);
        audit(request.log, 'login', { userId });
      } catch (error) {
        if (error instanceof GatewayError) audit(request.log, 'login_refused', { code: error.code });
        throw error;
      }
      return reply.redirect(transaction.returnTo, 302);
    },
  );
}

/** The store remembers it as well: a copy of the cookie opens nothing a second time. */
async function useTransaction(reply: FastifyReply, deps: Deps, transaction: LoginTransaction): Promise<void> {
  const { state, expiresAtEpoch } = transaction;
  const isFirst =
    expiresAtEpoch > nowEpoch(deps) && (await deps.sessions.useOnce(hashToken(state), expiresAtEpoch));
  reply.clearCookie(loginCookieName(state), HOST_COOKIE);
  if (!isFirst) throw new GatewayError('login_expired');
}

/** @throws GatewayError not_allowed, user_id_unusable */
function admit({ issuer, subject, claims, userInfo }: Identity, { config }: Deps): UserId {
  if (config.allowRule && !isAllowed(config.allowRule, [claims, userInfo])) {
    throw new GatewayError('not_allowed');
  }
  const { userIdClaim } = config;
  const derived = isSubject(subject) ? deriveUserId(issuer, subject) : undefined;
  const userId = userIdClaim === undefined ? derived : userIdFromClaim(claims[userIdClaim]);
  if (userId === undefined) throw new GatewayError('user_id_unusable');
  return userId;
}

/** @throws GatewayError too_many_logins; login_expired where a logout was faster than this login */
async function beginSession(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Deps,
  identity: Identity,
  userId: UserId,
): Promise<void> {
  const previous = sessionTokenHash(request);
  const ended = previous === undefined ? undefined : await deps.sessions.read(previous);
  if (previous !== undefined && ended) await endSession(previous, ended, deps);
  if (deps.config.userIdClaim !== undefined) {
    const { issuer, subject, claims } = identity;
    const isFirst = await deps.users.noteSubject(issuer, subject, userId, Number(claims['iat']));
    if (!isFirst) throw new GatewayError('login_expired');
  }
  const now = nowEpoch(deps);
  const session = {
    userId,
    start: await allocateStart(deps, userId, identity, now),
    expiresAtEpoch: now + SESSION_LIFETIME_SECONDS,
    idleExpiresAtEpoch: now + IDLE_LIFETIME_SECONDS,
    idToken: identity.idToken,
    ...(identity.name === undefined ? {} : { name: identity.name }),
    ...(identity.email === undefined ? {} : { email: identity.email }),
  };
  const { token, hash } = newSecretToken();
  await deps.sessions.create(hash, session);
  const { sid } = identity.claims;
  if (typeof sid === 'string') {
    // After the session is there: a logout that comes now finds it, one that came before is found here.
    const providerSession = providerSessionKey(identity.issuer, sid);
    if (!(await deps.sessions.joinProviderSession(providerSession, hash, session.expiresAtEpoch))) {
      await deps.sessions.delete(hash);
      throw new GatewayError('login_expired');
    }
  }
  clearFilesCookies(request, reply, deps, userId);
  // The last thing that can fail comes before the session's own cookie: nobody is half signed in.
  await issueFilesCookies(reply, session, deps);
  setSessionCookie(reply, token);
}

async function allocateStart(deps: Deps, userId: UserId, { claims }: Identity, now: number): Promise<number> {
  const user = await deps.users.update(userId, (known) => {
    // A logout of all the subject's sessions that is younger than this ID token concerns it, too.
    if (Number(claims['iat']) <= known.loggedOutAtEpoch) throw new GatewayError('login_expired');
    const next = withNextStart(known, now);
    if (!next) throw new GatewayError('too_many_logins');
    return withCookieLifetime(next, deps.config.cookieLifetimeSeconds);
  });
  return user.lastStart;
}
