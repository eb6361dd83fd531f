import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import * as Type from 'typebox';
import { route } from '../../http/route.ts';
import type { LogoutToken } from '../../provider/provider.ts';
import type { Deps } from '../../wiring/deps.ts';
import { hashToken } from '../secret-token.ts';

/** Longer than a logout token is accepted. */
const REPLAY_SECONDS = 60 * 60;

async function readToken(rawToken: string, { identityProvider, clockGuard }: Deps): Promise<LogoutToken> {
  try {
    return await identityProvider.readLogoutToken(rawToken);
  } catch (error) {
    // By a wrong clock, a valid token has expired.
    if (error instanceof GatewayError && error.code === 'logout_token_invalid') clockGuard.check();
    throw error;
  }
}

/**
 * OpenID Connect Back-Channel Logout 1.0. The request comes from the provider, not from a browser; its token says who
 * sent it. An unknown session is answered with 200 too.
 */
export const backchannelLogoutRoute = route({
  method: 'POST',
  url: '/auth/backchannel-logout',
  operation: 'backchannel_logout',
  summary: 'The provider ends a session, or all sessions of a subject',
  caller: 'anybody',
  takesForm: true,
  problems: ['logout_token_invalid', 'provider_unavailable', 'store_unavailable', 'clock_wrong'],
  body: Type.Object({ logout_token: Type.String({ maxLength: 16_384 }) }),
  answers: { 200: Type.Null({ description: 'The sessions have ended.' }) },
  async handler({ deps, body, reply, audit }) {
    const token = await readToken(body.logout_token, deps);
    const ended = await deps.sessions.endByProvider(token);
    // This check comes last: if the store failed before, the provider may send the same token again. A replay ends
    // nothing more.
    const replayKey = hashToken(`${token.issuer}\0${token.jti}`);
    if (!(await deps.once.useOnce(replayKey, nowEpoch(deps) + REPLAY_SECONDS))) {
      throw new GatewayError('logout_token_invalid');
    }
    for (const userId of ended) audit('backchannel_logout', { userId });
    return reply.serializer(() => '').send(null);
  },
});
