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
