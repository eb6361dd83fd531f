import * as client from 'openid-client';
import { defined } from '../../../core/defined.ts';
import { GatewayError } from '../../../core/errors.ts';
import type { IdentityProvider, NamedAgain, RefreshToken } from '../domain/ports.ts';
import type { DiscoveredProvider, OidcClientOptions } from './oidc-client.ts';
import { toGatewayError } from './provider-error.ts';

export type Tokens = client.TokenEndpointResponse & client.TokenEndpointResponseHelpers;

interface RefreshOptions extends OidcClientOptions {
  userIdIssuer?: string;
  /** If the ID token lacks one of these claims, the userinfo endpoint is asked for it. */
  requiredClaims: string[];
}

/** The calls that use a refresh token, at a provider that was discovered. */
export function createRefresh(
  { clientId, clock, limits, requiredClaims, userIdIssuer }: RefreshOptions,
  {
    discovered,
    verified,
  }: {
    discovered: () => Promise<DiscoveredProvider>;
    /** The claims of an ID token, after its signature was verified. */
    verified: (found: DiscoveredProvider, tokens: Tokens) => Promise<client.IDToken | undefined>;
  },
): Pick<IdentityProvider, 'refresh' | 'revoke'> {
  async function identify(found: DiscoveredProvider, tokens: Tokens): Promise<NamedAgain> {
    const { metadata, config } = found;
    try {
      const claims: NamedAgain['claims'] = (await verified(found, tokens)) ?? {};
      if (claims['azp'] !== undefined && claims['azp'] !== clientId) throw new GatewayError('login_failed');
      const isToAsk = ['sub', ...requiredClaims].some((name) => claims[name] === undefined);
      const userInfo: NamedAgain['userInfo'] =
        isToAsk && metadata.userinfo_endpoint
          ? await client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck)
          : {};
      const subjects = [claims['sub'], userInfo['sub']].filter((sub) => typeof sub === 'string');
      return { issuer: userIdIssuer ?? metadata.issuer, subjects, claims, userInfo };
    } catch (error) {
      throw toGatewayError(error);
    }
  }

  return {
    async refresh(refreshToken, untilMs) {
      const found = await discovered();
      const ask = (as: client.Configuration) => {
        if (clock.now() > untilMs) throw new GatewayError('provider_unavailable');
        return client.refreshTokenGrant(as, refreshToken);
      };
      try {
        const tokens = await found.asClient(ask, limits.askMs);
        return {
          ...refreshTokenOf(tokens),
          ...defined({ idToken: tokens.id_token }),
          identify: () => identify(found, tokens),
        };
      } catch (error) {
        if (error instanceof client.ResponseBodyError && error.error === 'invalid_grant') return undefined;
        throw toGatewayError(error);
      }
    },

    async revoke(refreshToken) {
      const { metadata, asClient } = await discovered();
      if (!metadata.revocation_endpoint) return;
      await asClient((as) => client.tokenRevocation(as, refreshToken, { token_type_hint: 'refresh_token' }));
    },
  };
}

/** `refresh_expires_in` is Keycloak's own member. The value 0 means that the token does not end. */
export function refreshTokenOf(tokens: Tokens): { refreshToken?: RefreshToken } {
  const { refresh_token: value, refresh_expires_in: livesSeconds } = tokens;
  if (value === undefined) return {};
  const isTold = typeof livesSeconds === 'number' && livesSeconds > 0;
  return { refreshToken: { value, ...(isTold ? { livesSeconds } : {}) } };
}
