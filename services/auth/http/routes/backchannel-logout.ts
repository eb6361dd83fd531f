import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { GatewayError } from '../../domain/errors.ts';
import type { LogoutToken } from '../../domain/ports.ts';
import { withSessionsRevoked } from '../../domain/revocation.ts';
import { hashToken, providerSessionKey, SESSION_LIFETIME_SECONDS } from '../../domain/session.ts';
import { deriveUserId, isSubject, type UserId } from '../../domain/user-id.ts';
import { audit } from '../audit.ts';
import type { Deps } from '../context.ts';
import { endSession, nowEpoch } from '../session-cookies.ts';

/** Longer than a logout token can be accepted. */
const REPLAY_SECONDS = 60 * 60;

const Body = Type.Object({ logout_token: Type.String({ maxLength: 16_384 }) });

/**
 * `POST /auth/backchannel-logout` (OpenID Connect Back-Channel Logout 1.0): from the provider, not from a browser; the
 * token in it says who sent it. A session that is not known is 200 as well.
 */
export function backchannelLogoutRoute(app: FastifyInstance, deps: Deps): void {
  app.withTypeProvider<TypeBoxTypeProvider>().post(
    '/auth/backchannel-logout',
    {
      schema: { body: Body, response: { 200: Type.Null({ description: 'The sessions are gone.' }) } },
      config: {
        operation: 'backchannel_logout',
        summary: 'From the provider: ends a session, or all of a subject',
        problems: ['logout_token_invalid', 'provider_unavailable', 'store_unavailable'],
        rateLimit: { max: deps.config.rateLimitPerMinute * 10 },
      },
    },
    async (request, reply) => {
      const token = await deps.identityProvider.readLogoutToken(request.body.logout_token);
      const ended =
        token.sid === undefined
          ? await endSubject(token, deps)
          : await endProviderSession(token.issuer, token.sid, deps);
      // Last: where the store failed before, the provider may send the same token again. A replay ends nothing anew.
      const replayKey = hashToken(`${token.issuer}\0${token.jti}`);
      if (!(await deps.sessions.useOnce(replayKey, nowEpoch(deps) + REPLAY_SECONDS))) {
        throw new GatewayError('logout_token_invalid');
      }
      for (const userId of ended) audit(request.log, 'backchannel_logout', { userId });
      return reply.serializer(() => '').send(null);
    },
  );
}

async function endProviderSession(issuer: string, sid: string, deps: Deps): Promise<UserId[]> {
  const until = nowEpoch(deps) + SESSION_LIFETIME_SECONDS;
  const tokenHashes = await deps.sessions.endProviderSession(providerSessionKey(issuer, sid), until);
  const ended: UserId[] = [];
  for (const tokenHash of tokenHashes) {
    const session = await deps.sessions.read(tokenHash);
    if (!session) continue;
    await endSession(tokenHash, session, deps);
    ended.push(session.userId);
  }
  return ended;
}

async function endSubject(
  { issuer, subject = '', issuedAtEpoch }: LogoutToken,
  deps: Deps,
): Promise<UserId[]> {
  const { userIdClaim } = deps.config;
  // No other subject can sign in.
  const derived = isSubject(subject) ? deriveUserId(issuer, subject) : undefined;
  const userId =
    userIdClaim === undefined ? derived : await deps.users.signOutSubject(issuer, subject, issuedAtEpoch);
  if (userId === undefined) return [];
  let isNews = false;
  await deps.users.update(userId, (user) => {
    isNews = issuedAtEpoch > user.loggedOutAtEpoch;
    return isNews
      ? withSessionsRevoked({ ...user, loggedOutAtEpoch: issuedAtEpoch }, nowEpoch(deps))
      : undefined;
  });
  if (!isNews) return [];
  await deps.revocations.tellEdge(userId);
  return [userId];
}
