import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import * as Type from 'typebox';
import type { LogoutToken } from '../../domain/ports.ts';
import { hashToken } from '../../domain/secret-token.ts';
import { audit } from '../audit.ts';
import type { Deps, Scope } from '../context.ts';
import { FORM } from '../schemas.ts';

/** Longer than a logout token is accepted. */
const REPLAY_SECONDS = 60 * 60;

const Body = Type.Object({ logout_token: Type.String({ maxLength: 16_384 }) });

/**
 * `POST /auth/backchannel-logout` (OpenID Connect Back-Channel Logout 1.0). The request comes from the provider, not
 * from a browser; its token says who sent it. An unknown session is answered with 200 too.
 */
export function backchannelLogoutRoute(
  app: Scope,
  deps: Pick<Deps, 'clock' | 'clockGuard' | 'identityProvider' | 'once' | 'sessions'>,
): void {
  async function readToken(rawToken: string): Promise<LogoutToken> {
    try {
      return await deps.identityProvider.readLogoutToken(rawToken);
    } catch (error) {
      // By a wrong clock, a valid token has expired.
      if (error instanceof GatewayError && error.code === 'logout_token_invalid') deps.clockGuard.check();
      throw error;
    }
  }

  app.post(
    '/auth/backchannel-logout',
    {
      schema: { body: Body, response: { 200: Type.Null({ description: 'The sessions have ended.' }) } },
      config: {
        operation: 'backchannel_logout',
        bodyType: FORM,
        summary: 'The provider ends a session, or all sessions of a subject',
        problems: ['logout_token_invalid', 'provider_unavailable', 'store_unavailable', 'clock_wrong'],
      },
    },
    async (request, reply) => {
      const token = await readToken(request.body.logout_token);
      const ended = await deps.sessions.endByProvider(token);
      // This check comes last: if the store failed before, the provider may send the same token again. A replay ends
      // nothing more.
      const replayKey = hashToken(`${token.issuer}\0${token.jti}`);
      if (!(await deps.once.useOnce(replayKey, nowEpoch(deps) + REPLAY_SECONDS))) {
        throw new GatewayError('logout_token_invalid');
      }
      for (const userId of ended) audit(request.log, 'backchannel_logout', { userId });
      return reply.serializer(() => '').send(null);
    },
  );
}
