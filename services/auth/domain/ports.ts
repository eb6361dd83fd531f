/** The time is passed in, so that a test decides when something happens. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Milliseconds since some moment in the past. If the machine's clock is set, this goes on as before, so durations are
   * judged by it.
   */
  monotonicMs(): number;
  /** Resolves after that time, or at once if the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** A call to a store: two times by the own clock, and the `Date` of the answer, in milliseconds since 1970. */
export interface Answered {
  sentAtMs: number;
  receivedAtMs: number;
  dateMs: number;
}

/** Whether the clock of this process agrees with the clocks of the stores. */
export interface ClockGuard {
  /** Compares the clock. The last answer counts, unless it proves nothing. */
  compare(answered: Answered): void;
  /**
   * Before the first answer nothing is known, and the check passes.
   * @throws GatewayError clock_wrong
   */
  check(): void;
  /** How much the clock is ahead at least, in seconds. Negative if it is behind. 0 if it agrees, or nothing is known. */
  wrongSeconds(): number;
  /** Calls the listener each time when a clock that agreed is wrong, or the other way round. 0 means that it agrees. */
  onChange(listener: (wrongSeconds: number) => void): void;
}

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

/** What the edge's store says of itself. The version changes with every write, whoever writes. */
export interface EdgeStoreState {
  version: string;
  bytes: number;
}

/** The KeyValueStore that the edge's function reads. */
export interface EdgeStore {
  describe(): Promise<EdgeStoreState>;
  /**
   * Writes at most 50 keys at once, and removes those whose entry is undefined.
   * @returns the state after the write; false if the store has another version. In that case nothing new is written
   * @throws EdgeRefusal if the store does not take these entries; other entries may be taken
   */
  write(
    version: string,
    entries: { key: string; entry: string | undefined }[],
  ): Promise<EdgeStoreState | false>;
}

/** The edge's store answers, and takes none of the entries of one write. */
export class EdgeRefusal extends Error {
  /** `full`: the store has no room for these entries. `invalid`: it does not take one of them. */
  readonly reason: 'full' | 'invalid';

  constructor(reason: 'full' | 'invalid', options?: ErrorOptions) {
    super(reason === 'full' ? 'the KeyValueStore is full' : 'the KeyValueStore refuses this entry', options);
    this.name = 'EdgeRefusal';
    this.reason = reason;
  }
}
