import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import * as client from 'openid-client';
import { toGatewayError } from './error.ts';
import { type NativeClaims, readLogoutToken, readNativeToken } from './jwt.ts';
import { SIGNATURE_ALGORITHMS } from './keys.ts';
import { createOidcClient, type DiscoveredProvider, type OidcClientOptions } from './oidc-client.ts';
import type {
  AuthorizationRequest,
  Identity,
  LogoutToken,
  NamedAgain,
  Refreshed,
  RefreshToken,
} from './provider.ts';

/**
 * The provider makes the ID token for the code that has just been exchanged. Some providers date the token a few
 * minutes back.
 */
const MAX_AGE_SECONDS = 600;
const CLOCK_SKEW_SECONDS = 60;

export interface OidcOptions extends OidcClientOptions {
  oidcScopes: string;
  /** Clients that are no browser, whose ID tokens begin sessions too. */
  nativeClientIds: string[];
  /** Replaces the provider's own issuer in identities and logout tokens. */
  userIdIssuer?: string;
  redirectUri: string;
  postLogoutRedirectUri: string;
  /**
   * `standard`: OpenID Connect RP-Initiated Logout 1.0; `cognito`: Amazon Cognito's own, which does not send `state`
   * back.
   */
  oidcLogoutStyle: 'standard' | 'cognito';
  /** Nobody can be let in without these claims. If the ID token lacks one, the userinfo endpoint must answer. */
  requiredClaims: string[];
  /** The same, but people come in without them: the userinfo endpoint is asked, and need not answer. */
  wantedClaims: string[];
}

type Tokens = client.TokenEndpointResponse & client.TokenEndpointResponseHelpers;

/**
 * An OpenID provider that is found by discovery. All methods throw GatewayError: provider_unavailable, login_refused,
 * login_failed.
 */
export function createOidc(options: OidcOptions) {
  const { oidcClientId: clientId, clock } = options;
  const discovered = createOidcClient(options);

  return {
    authorizationUrl: async (request: AuthorizationRequest) =>
      authorizationUrl(await discovered(), request, options),

    /** Exchanges the code of a callback and validates the ID token. */
    exchange: async (callbackUrl: URL, request: AuthorizationRequest) =>
      exchange(await discovered(), callbackUrl, request, options),

    /**
     * Uses a refresh token. Many providers take each token only once.
     * @param untilMs the token is not sent after this time, in milliseconds since 1970
     * @returns undefined for `invalid_grant`: the provider's session has ended, or the person may not come in any more
     */
    refresh: async (refreshToken: string, untilMs: number) =>
      refresh(await discovered(), refreshToken, untilMs, options),

    /** The address of the provider's end-session endpoint, if there is one. The provider sends `state` back. */
    endSessionUrl: async (idToken: string, state: string) =>
      endSessionUrl(await discovered(), idToken, state, options),

    /** Revokes a refresh token (RFC 7009), if the provider has an endpoint for it. */
    async revoke(refreshToken: string): Promise<void> {
      const { metadata, config } = await discovered();
      if (!metadata.revocation_endpoint) return;
      await client.tokenRevocation(config, refreshToken, { token_type_hint: 'refresh_token' });
    },

    /** @throws GatewayError logout_token_invalid, provider_unavailable */
    async readLogoutToken(rawToken: string): Promise<LogoutToken> {
      const { metadata, verify } = await discovered();
      const { issuer } = metadata;
      const token = await readLogoutToken(rawToken, verify, { issuer, clientId, nowMs: clock.now() });
      return { ...token, issuer: options.userIdIssuer ?? issuer };
    },

    /** @throws GatewayError invalid_request, provider_unavailable */
    async readNativeToken(rawToken: string, nonce: string | undefined): Promise<Identity> {
      const { metadata, verify } = await discovered();
      const { nativeClientIds: clientIds, requiredClaims } = options;
      const expected = { issuer: metadata.issuer, clientIds, requiredClaims, nonce, nowMs: clock.now() };
      const claims = await readNativeToken(rawToken, verify, expected);
      return identityOf(claims, {}, options);
    },
  };
}

async function authorizationUrl(
  { metadata, config }: DiscoveredProvider,
  { state, nonce, codeVerifier }: AuthorizationRequest,
  { redirectUri, oidcScopes }: OidcOptions,
): Promise<URL> {
  const parameters = {
    redirect_uri: redirectUri,
    scope: oidcScopes,
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  };
  if (!metadata.require_pushed_authorization_requests)
    return client.buildAuthorizationUrl(config, parameters);
  try {
    return await client.buildAuthorizationUrlWithPAR(config, parameters);
  } catch (error) {
    throw toGatewayError(error);
  }
}

async function exchange(
  found: DiscoveredProvider,
  callbackUrl: URL,
  { state, nonce, codeVerifier }: AuthorizationRequest,
  options: OidcOptions,
): Promise<Identity> {
  try {
    const checks = {
      pkceCodeVerifier: codeVerifier,
      expectedState: state,
      expectedNonce: nonce,
    };
    const tokens = await client.authorizationCodeGrant(found.config, callbackUrl, checks);
    const claims = await verified(found, tokens, options, MAX_AGE_SECONDS);
    if (!claims || !tokens.id_token) throw new GatewayError('login_failed');
    const userInfo = await userInfoOf(found, tokens.access_token, claims, {
      required: options.requiredClaims,
      wanted: [...options.wantedClaims, 'name', 'email'],
      subject: claims.sub,
    });
    return {
      ...identityOf(claims, userInfo, options),
      idToken: tokens.id_token,
      ...refreshTokenOf(tokens),
    };
  } catch (error) {
    throw toGatewayError(error);
  }
}

function identityOf(
  claims: NativeClaims,
  userInfo: Identity['userInfo'],
  { userIdIssuer }: OidcOptions,
): Identity {
  const { name, email }: Record<string, unknown> = { ...claims, ...userInfo };
  return {
    issuer: userIdIssuer ?? claims.iss,
    subject: claims.sub,
    claims,
    userInfo,
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof email === 'string' ? { email } : {}),
  };
}

/**
 * The claims of an ID token, after the checks of OpenID Connect Core 1.0, section 3.1.3.7, that the library does not make:
 * the signature, `azp` with a single audience (5), and an `iat` that is not far away (10).
 */
async function verified(
  { verify }: DiscoveredProvider,
  tokens: Tokens,
  { oidcClientId: clientId, clock }: OidcOptions,
  maxTokenAge?: number,
): Promise<client.IDToken | undefined> {
  if (tokens.id_token === undefined) return undefined;
  const currentDate = new Date(clock.now());
  const options = { algorithms: SIGNATURE_ALGORITHMS, clockTolerance: CLOCK_SKEW_SECONDS, currentDate };
  const checks = { ...options, audience: clientId, ...defined({ maxTokenAge }) };
  const { azp } = await verify(tokens.id_token, checks);
  if (azp !== undefined && azp !== clientId) throw new GatewayError('login_failed');
  return tokens.claims();
}

/**
 * Many providers tell name, e-mail and groups only at the userinfo endpoint in the code flow. It is asked if the ID token
 * lacks one of these claims.
 * @param asked.required without these it must answer; without the `wanted` it need not
 * @param asked.subject whose claims count
 */
async function userInfoOf(
  { metadata, config }: DiscoveredProvider,
  accessToken: string,
  claims: Record<string, unknown>,
  asked: { required: string[]; wanted: string[]; subject: string | typeof client.skipSubjectCheck },
): Promise<Identity['userInfo']> {
  const isMissing = (name: string) => claims[name] === undefined;
  const isRequired = asked.required.some(isMissing);
  if (!metadata.userinfo_endpoint || !(isRequired || asked.wanted.some(isMissing))) return {};
  try {
    return await client.fetchUserInfo(config, accessToken, asked.subject);
  } catch (error) {
    // Name and e-mail are for display only. Without a claim of teams, the memberships stay as they are.
    if (isRequired) throw error;
    return {};
  }
}

async function refresh(
  found: DiscoveredProvider,
  refreshToken: string,
  untilMs: number,
  options: OidcOptions,
): Promise<Refreshed | undefined> {
  const { clock } = options;
  if (clock.now() > untilMs) throw new GatewayError('provider_unavailable');
  try {
    const tokens = await client.refreshTokenGrant(found.refreshing, refreshToken);
    return {
      ...refreshTokenOf(tokens),
      ...defined({ idToken: tokens.id_token }),
      identify: () => identify(found, tokens, options),
    };
  } catch (error) {
    if (error instanceof client.ResponseBodyError && error.error === 'invalid_grant') return undefined;
    throw toGatewayError(error);
  }
}

/** Whom the tokens of a refresh name. If the ID token lacks a claim, the userinfo endpoint is asked for it. */
async function identify(
  found: DiscoveredProvider,
  tokens: Tokens,
  options: OidcOptions,
): Promise<NamedAgain> {
  const { metadata } = found;
  const { userIdIssuer } = options;
  try {
    const claims: NamedAgain['claims'] = (await verified(found, tokens, options)) ?? {};
    const userInfo = await userInfoOf(found, tokens.access_token, claims, {
      required: ['sub', ...options.requiredClaims],
      wanted: options.wantedClaims,
      subject: client.skipSubjectCheck,
    });
    const subjects = [claims['sub'], userInfo['sub']].filter((sub) => typeof sub === 'string');
    return { issuer: userIdIssuer ?? metadata.issuer, subjects, claims, userInfo };
  } catch (error) {
    throw toGatewayError(error);
  }
}

function endSessionUrl(
  { metadata, config }: DiscoveredProvider,
  idToken: string,
  state: string,
  { oidcClientId: clientId, oidcLogoutStyle, postLogoutRedirectUri }: OidcOptions,
): URL | undefined {
  if (!metadata.end_session_endpoint) return undefined;
  if (oidcLogoutStyle === 'cognito') {
    const url = new URL(metadata.end_session_endpoint);
    url.searchParams.set('client_id', clientId);
    url.searchParams.set('logout_uri', postLogoutRedirectUri);
    return url;
  }
  return client.buildEndSessionUrl(config, {
    id_token_hint: idToken,
    post_logout_redirect_uri: postLogoutRedirectUri,
    state,
  });
}

/** `refresh_expires_in` is Keycloak's own member. The value 0 means that the token does not end. */
function refreshTokenOf(tokens: Tokens): { refreshToken?: RefreshToken } {
  const { refresh_token: value, refresh_expires_in: livesSeconds } = tokens;
  if (value === undefined) return {};
  const isTold = typeof livesSeconds === 'number' && livesSeconds > 0;
  return { refreshToken: { value, ...(isTold ? { livesSeconds } : {}) } };
}
