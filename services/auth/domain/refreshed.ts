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
