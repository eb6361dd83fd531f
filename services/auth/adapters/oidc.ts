import * as client from 'openid-client';
import { GatewayError } from '../domain/errors.ts';
import type { Identity, IdentityProvider } from '../domain/ports.ts';

const TIMEOUT_SECONDS = 5;

/**
 * An OpenID provider found by discovery (OpenID Connect Discovery 1.0). Discovery happens at the first use, and
 * again after a failure, so that a provider that is down does not keep the service from starting.
 */
export function createOidc(options: {
  issuer: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  postLogoutRedirectUri: string;
}): IdentityProvider {
  const issuer = new URL(options.issuer);
  let discovered: Promise<client.Configuration> | undefined;

  function configuration(): Promise<client.Configuration> {
    discovered ??= client
      .discovery(
        issuer,
        options.clientId,
        options.clientSecret,
        client.ClientSecretBasic(options.clientSecret),
        {
          timeout: TIMEOUT_SECONDS,
          // Plain http is accepted from a provider on this machine alone: the configuration sees to it.
          execute: issuer.protocol === 'http:' ? [client.allowInsecureRequests] : [],
        },
      )
      .catch((cause: unknown) => {
        discovered = undefined;
        throw new GatewayError('provider_unavailable', { cause });
      });
    return discovered;
  }

  return {
    async authorizationUrl({ state, nonce, codeVerifier }) {
      return client.buildAuthorizationUrl(await configuration(), {
        redirect_uri: options.redirectUri,
        scope: 'openid profile email',
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      });
    },

    async exchange(callbackUrl, { state, nonce, codeVerifier }) {
      const config = await configuration();
      try {
        const tokens = await client.authorizationCodeGrant(config, callbackUrl, {
          pkceCodeVerifier: codeVerifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (!claims || !tokens.id_token) throw new GatewayError('login_failed');
        const profile = await profileOf(config, tokens.access_token, claims);
        return { issuer: claims.iss, subject: claims.sub, claims, idToken: tokens.id_token, ...profile };
      } catch (error) {
        throw toGatewayError(error);
      }
    },

    async endSessionUrl(idToken) {
      const config = await configuration();
      if (!config.serverMetadata().end_session_endpoint) return undefined;
      return client.buildEndSessionUrl(config, {
        id_token_hint: idToken,
        post_logout_redirect_uri: options.postLogoutRedirectUri,
      });
    },
  };
}

/** Name and e-mail for the page; in the code flow many providers tell them at the userinfo endpoint only. */
async function profileOf(
  config: client.Configuration,
  accessToken: string,
  claims: client.IDToken,
): Promise<Pick<Identity, 'name' | 'email'>> {
  const needsUserInfo = claims['name'] === undefined || claims['email'] === undefined;
  // They are for display: a sign-in does not fail for want of them.
  const userInfo =
    needsUserInfo && config.serverMetadata().userinfo_endpoint
      ? await client.fetchUserInfo(config, accessToken, claims.sub).catch(() => ({}))
      : {};
  const source: Record<string, unknown> = { ...claims, ...userInfo };
  const { name, email } = source;
  return {
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof email === 'string' ? { email } : {}),
  };
}

function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  if (error instanceof client.AuthorizationResponseError)
    return new GatewayError('login_refused', { cause: error });
  if (isUnreachable(error)) return new GatewayError('provider_unavailable', { cause: error });
  return new GatewayError('login_failed', { cause: error });
}

/** `fetch` says TypeError for a connection that fails, and openid-client OAUTH_TIMEOUT for one that hangs. */
function isUnreachable(error: unknown): boolean {
  return error instanceof TypeError
    ? error.message === 'fetch failed'
    : error instanceof Error && 'code' in error && error.code === 'OAUTH_TIMEOUT';
}
