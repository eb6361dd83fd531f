/** With it the provider is asked again about a session. */
export interface RefreshToken {
  value: string;
  /** How long it lives unused, where the provider says so. */
  livesSeconds?: number;
}

/** Whom the provider speaks of now, as in an `Identity`. */
export interface NamedAgain {
  issuer: string;
  /** Of the ID token and of the userinfo endpoint; empty where the provider has neither. */
  subjects: string[];
  claims: Record<string, unknown>;
  userInfo: Record<string, unknown>;
}

/** What a refresh token brought. */
export interface Refreshed {
  /** Absent: the one that was used stays good. */
  refreshToken?: RefreshToken;
  idToken?: string;
  /** By the ID token and, where that is missing or lacks a claim of the rule, by the userinfo endpoint. */
  identify(): Promise<NamedAgain>;
}
