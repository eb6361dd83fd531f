import * as client from 'openid-client';
import { GatewayError } from '../domain/errors.ts';
import type { Identity, IdentityProvider } from '../domain/ports.ts';
import { createLogoutTokenReader, type LogoutTokenReader } from './logout-token.ts';

/** An ID token is made for the code that has just been exchanged; some providers date it a few minutes back. */
const MAX_AGE_SECONDS = 600;
const CLOCK_SKEW_SECONDS = 60;

export interface OidcOptions {
  issuer: string;
  clientId: string;
  clientSecret: string;
  previousClientSecret?: string;
  authMethod: 'client_secret_basic' | 'client_secret_post';
  scopes: string;
  redirectUri: string;
  postLogoutRedirectUri: string;
  /** Claims without which nobody can be let in: where the ID token lacks one, the userinfo endpoint must answer. */
  requiredClaims: string[];
  /** Of each call. */
  timeoutSeconds: number;
  /** Milliseconds since 1970. */
  now: () => number;
}

/**
 * An OpenID provider found by discovery (OpenID Connect Discovery 1.0). Discovery happens at the first use, and
 * again after a failure, so that a provider that is down does not keep the service from starting.
 */
export function createOidc(options: OidcOptions): IdentityProvider {
  const issuer = new URL(options.issuer);
  let discovered: Promise<client.Configuration> | undefined;
  let endSessionOrigin: string | undefined;
  let readToken: LogoutTokenReader | undefined;

  const authenticate =
    options.authMethod === 'client_secret_post' ? client.ClientSecretPost : clientSecretBasic;
  const prepare = [
    // Without it the signature of an ID token that came over TLS is not looked at.
    client.enableNonRepudiationChecks,
    // Plain http is accepted from a provider on this machine alone: the configuration sees to it.
    ...(issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []),
  ];

  async function discover(): Promise<client.Configuration> {
    const config = await client.discovery(
      issuer,
      options.clientId,
      options.clientSecret,
      authenticate(options.clientSecret),
      {
        timeout: options.timeoutSeconds,
        execute: prepare,
      },
    );
    const { end_session_endpoint: endpoint } = config.serverMetadata();
    endSessionOrigin = endpoint === undefined ? undefined : new URL(endpoint).origin;
    return config;
  }

  function configuration(): Promise<client.Configuration> {
    discovered ??= discover().catch((cause: unknown) => {
      discovered = undefined;
      throw new GatewayError('provider_unavailable', { cause });
    });
    return discovered;
  }

  /** A request as this client; by the secret before, where the provider does not take the present one. */
  async function asClient<T>(ask: (config: client.Configuration) => Promise<T>): Promise<T> {
    const config = await configuration();
    try {
      return await ask(config);
    } catch (error) {
      const { clientId, previousClientSecret: secret } = options;
      if (secret === undefined || !isInvalidClient(error)) throw error;
      const previous = new client.Configuration(
        config.serverMetadata(),
        clientId,
        secret,
        authenticate(secret),
      );
      previous.timeout = options.timeoutSeconds;
      for (const step of prepare) step(previous);
      return ask(previous);
    }
  }

  return {
    async authorizationUrl({ state, nonce, codeVerifier }) {
      return client.buildAuthorizationUrl(await configuration(), {
        redirect_uri: options.redirectUri,
        scope: options.scopes,
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      });
    },

    async exchange(callbackUrl, { state, nonce, codeVerifier }) {
      const config = await configuration();
      try {
        const checks = {
          pkceCodeVerifier: codeVerifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
        };
        const tokens = await asClient((as) => client.authorizationCodeGrant(as, callbackUrl, checks));
        const claims = tokens.claims();
        if (!claims || !tokens.id_token) throw new GatewayError('login_failed');
        checkClaims(claims, options);
        const userInfo = await userInfoOf(config, tokens.access_token, claims, options.requiredClaims);
        const { name, email } = { ...claims, ...userInfo };
        return {
          issuer: claims.iss,
          subject: claims.sub,
          claims,
          userInfo,
          idToken: tokens.id_token,
          ...(typeof name === 'string' ? { name } : {}),
          ...(typeof email === 'string' ? { email } : {}),
        };
      } catch (error) {
        throw toGatewayError(error);
      }
    },

    async endSessionUrl(idToken, state) {
      const config = await configuration();
      if (!config.serverMetadata().end_session_endpoint) return undefined;
      return client.buildEndSessionUrl(config, {
        id_token_hint: idToken,
        post_logout_redirect_uri: options.postLogoutRedirectUri,
        state,
      });
    },

    async readLogoutToken(rawToken) {
      readToken ??= createLogoutTokenReader((await configuration()).serverMetadata(), options);
      return readToken(rawToken);
    },

    endSessionOrigin: () => endSessionOrigin,

    async check() {
      const { issuer: expected } = (await configuration()).serverMetadata();
      const metadata = `${options.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
      const answer = await fetch(metadata, { signal: AbortSignal.timeout(options.timeoutSeconds * 1_000) });
      const told: unknown = await answer.json();
      const isIt = typeof told === 'object' && told !== null && 'issuer' in told && told.issuer === expected;
      if (!answer.ok || !isIt) throw new GatewayError('provider_unavailable');
    },
  };
}

/**
 * RFC 6749, section 2.3.1 and appendix B. The library's own escapes `-` and `_` too, which providers that do not
 * decode the credentials (such as glewlwyd) then compare with the secret as it is.
 */
function clientSecretBasic(clientSecret: string): client.ClientAuth {
  const formEncode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);
  return (_server, { client_id: clientId }, _body, headers) => {
    const credentials = Buffer.from(`${formEncode(clientId)}:${formEncode(clientSecret)}`).toString('base64');
    headers.set('authorization', `Basic ${credentials}`);
  };
}

/** RFC 6749, section 5.2: `invalid_client`, by 400, or by 401 with a challenge. */
function isInvalidClient(error: unknown): boolean {
  return (
    (error instanceof client.ResponseBodyError && error.error === 'invalid_client') ||
    (error instanceof client.WWWAuthenticateChallengeError && error.status === 401)
  );
}

/**
 * What OpenID Connect Core 1.0, section 3.1.3.7, asks for beyond what the library looks at: `azp` beside a single
 * audience (5), and an `iat` that is not far away (10).
 */
function checkClaims(claims: client.IDToken, { clientId, now }: OidcOptions): void {
  if (claims.azp !== undefined && claims.azp !== clientId) throw new GatewayError('login_failed');
  const ageSeconds = now() / 1_000 - claims.iat;
  if (ageSeconds > MAX_AGE_SECONDS || ageSeconds < -CLOCK_SKEW_SECONDS) {
    throw new GatewayError('login_failed');
  }
}

/** In the code flow many providers tell name and e-mail at the userinfo endpoint only. */
async function userInfoOf(
  config: client.Configuration,
  accessToken: string,
  claims: client.IDToken,
  requiredClaims: string[],
): Promise<Identity['userInfo']> {
  const isMissing = (name: string) => claims[name] === undefined;
  if (!config.serverMetadata().userinfo_endpoint) return {};
  if (![...requiredClaims, 'name', 'email'].some(isMissing)) return {};
  try {
    return await client.fetchUserInfo(config, accessToken, claims.sub);
  } catch (error) {
    // Name and e-mail are for display: a sign-in does not fail for want of them.
    if (requiredClaims.some(isMissing)) throw error;
    return {};
  }
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
