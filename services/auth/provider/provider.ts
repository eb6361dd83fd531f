export interface Identity {
  /** The issuer that ids are derived from. */
  issuer: string;
  subject: string;
  /** The claims of the ID token, which is signed. */
  claims: Record<string, unknown>;
  /** The claims of the userinfo endpoint. Empty if it was not asked. */
  userInfo: Record<string, unknown>;
  /** For the sign-out at the provider. Absent if no browser is to go there. */
  idToken?: string;
  refreshToken?: RefreshToken;
  name?: string;
  email?: string;
}

export interface AuthorizationRequest {
  state: string;
  nonce: string;
  codeVerifier: string;
}

/** At least one of `sid` and `subject` is set. */
export interface LogoutToken {
  /** The issuer, as in an identity. */
  issuer: string;
  jti: string;
  issuedAtEpoch: number;
  subject?: string;
  sid?: string;
}

/** A token with which the provider can be asked again about a session. */
export interface RefreshToken {
  value: string;
  /** How long the token lives if it is not used. Absent if the provider does not say. */
  livesSeconds?: number;
}

/** The person that the provider names now, as in an `Identity`. */
export interface NamedAgain {
  issuer: string;
  /** The subjects of the ID token and of the userinfo endpoint. Empty if the provider has neither. */
  subjects: string[];
  claims: Record<string, unknown>;
  userInfo: Record<string, unknown>;
}

/** The provider's answer to a refresh token. */
export interface Refreshed {
  /** Absent if the token that was used stays good. */
  refreshToken?: RefreshToken;
  idToken?: string;
  /**
   * Names the person by the ID token. If the ID token is missing or lacks a claim of the rule, the userinfo endpoint is
   * asked too.
   */
  identify(): Promise<NamedAgain>;
}

/** All methods throw GatewayError: provider_unavailable, login_refused, login_failed. */
export interface IdentityProvider {
  authorizationUrl(request: AuthorizationRequest): Promise<URL>;
  /** Exchanges the code of a callback and validates the ID token. */
  exchange(callbackUrl: URL, request: AuthorizationRequest): Promise<Identity>;
  /**
   * Uses a refresh token. Many providers take each token only once.
   * @param untilMs the token is not sent after this time, in milliseconds since 1970
   * @returns undefined for `invalid_grant`: the provider's session has ended, or the person may not come in any more
   */
  refresh(refreshToken: string, untilMs: number): Promise<Refreshed | undefined>;
  /** Revokes a refresh token (RFC 7009), if the provider has an endpoint for it. */
  revoke(refreshToken: string): Promise<void>;
  /**
   * The address of the provider's end-session endpoint. Undefined if there is none. The provider sends `state` back.
   */
  endSessionUrl(idToken: string, state: string): Promise<URL | undefined>;
  /**
   * Validates a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6).
   * @throws GatewayError logout_token_invalid, provider_unavailable
   */
  readLogoutToken(rawToken: string): Promise<LogoutToken>;
  /**
   * Validates an ID token that the provider made for a native client.
   * @param nonce as the client sent it to the provider, if it sent one
   * @throws GatewayError invalid_request, provider_unavailable
   */
  readNativeToken(rawToken: string, nonce: string | undefined): Promise<Identity>;
  /** The origin of the provider's end-session endpoint. Undefined if it is not known yet. */
  endSessionOrigin(): string | undefined;
  /** Reads the provider's metadata. */
  check(): Promise<unknown>;
}

/** Seals data for this service only: a login under way, in the browser; the provider's tokens, in the table. */
export interface Sealer {
  seal(content: object): Promise<string>;
  /** Undefined for a text that this service did not seal. */
  open(sealed: string): Promise<unknown>;
}
