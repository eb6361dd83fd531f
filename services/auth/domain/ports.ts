import type { LoginTransaction } from './login.ts';
import type { Policy } from './policy.ts';
import type { Session } from './session.ts';
import type { SignedPolicy } from './signed-policy.ts';
import type { UserId } from './user-id.ts';
import type { UserRecord } from './user-record.ts';

/** The signing key, wherever it is. */
export interface Signer {
  /** @throws GatewayError signing_unavailable */
  sign(policy: Policy): Promise<SignedPolicy>;
  /** A signature costs a round trip and money: a session's cookies are then signed once for each renewal. */
  isRemote?: true;
}

export interface Identity {
  issuer: string;
  subject: string;
  /** Of the ID token, which is signed. */
  claims: Record<string, unknown>;
  /** Of the userinfo endpoint; empty where it was not asked. */
  userInfo: Record<string, unknown>;
  idToken: string;
  name?: string;
  email?: string;
}

export interface AuthorizationRequest {
  state: string;
  nonce: string;
  codeVerifier: string;
}

/** One of `sid` and `subject` is there; with both, the session counts. */
export interface LogoutToken {
  issuer: string;
  jti: string;
  issuedAtEpoch: number;
  subject?: string;
  sid?: string;
}

/** All methods throw GatewayError: provider_unavailable, login_refused, login_failed. */
export interface IdentityProvider {
  authorizationUrl(request: AuthorizationRequest): Promise<URL>;
  /** Exchanges the code of a callback and validates the ID token. */
  exchange(callbackUrl: URL, request: AuthorizationRequest): Promise<Identity>;
  /** The provider's end-session endpoint, or undefined where it has none. It sends `state` back. */
  endSessionUrl(idToken: string, state: string): Promise<URL | undefined>;
  /**
   * Validates a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6).
   * @throws GatewayError logout_token_invalid, provider_unavailable
   */
  readLogoutToken(rawToken: string): Promise<LogoutToken>;
  /** Where that endpoint is, as an origin, as far as is known yet. */
  endSessionOrigin(): string | undefined;
  /** Asks the provider for its metadata. */
  check(): Promise<void>;
}

export interface LoginSealer {
  seal(transaction: LoginTransaction): Promise<string>;
  /** Undefined for what this service did not seal. */
  open(sealed: string): Promise<LoginTransaction | undefined>;
}

/** What is kept of each user. All methods throw GatewayError store_unavailable. */
export interface UserStore {
  /** The record of a user who never signed in is an empty one. */
  read(userId: UserId): Promise<UserRecord>;
  /**
   * Applies a change to the newest record, again where somebody else was faster; a change that gives undefined writes
   * nothing.
   * @returns the record as it is now
   */
  update(userId: UserId, change: (user: UserRecord) => UserRecord | undefined): Promise<UserRecord>;
  /**
   * Notes whose id a subject has, where the id is not derived from it. Times are those of the tokens (`iat`).
   * @returns false where the subject was signed out by a token that is not older
   */
  noteSubject(issuer: string, subject: string, userId: UserId, issuedAtEpoch: number): Promise<boolean>;
  /** Notes that a subject was signed out, also one who never signed in here. @returns whose id it has */
  signOutSubject(issuer: string, subject: string, issuedAtEpoch: number): Promise<UserId | undefined>;
  /** Users whose entry at the edge is to be looked at by now, those that have waited longest first. */
  due(nowEpoch: number, limit: number): Promise<UserId[]>;
}

/** The KeyValueStore that the edge's function reads. */
export interface EdgeStore {
  /** Changes with every write, by whomever. */
  version(): Promise<string>;
  /**
   * Writes at most 50 entries at once, and removes those that are undefined.
   * @returns false where the store is at another version: nothing is written
   */
  write(version: string, entries: { userId: UserId; entry: string | undefined }[]): Promise<boolean>;
}

/** All methods throw GatewayError store_unavailable. Keys are hashes of what the browser holds. */
export interface SessionStore {
  create(tokenHash: string, session: Session): Promise<void>;
  read(tokenHash: string): Promise<Session | undefined>;
  /** @returns false where the session is gone */
  extendIdle(tokenHash: string, idleExpiresAtEpoch: number): Promise<boolean>;
  /** Gives a session another start. @returns false where the session is gone, or has another one already */
  restart(tokenHash: string, from: number, to: number): Promise<boolean>;
  /** @returns what was deleted */
  delete(tokenHash: string): Promise<Session | undefined>;
  /**
   * Notes that a session belongs to one at the provider.
   * @returns false where that one has been ended meanwhile
   */
  joinProviderSession(providerSession: string, tokenHash: string, expiresAtEpoch: number): Promise<boolean>;
  /** Ends a session of the provider, also for those that join later. @returns the hashes of those that joined */
  endProviderSession(providerSession: string, expiresAtEpoch: number): Promise<string[]>;
  /** @returns false where somebody used it before; remembered until it expires */
  useOnce(hash: string, expiresAtEpoch: number): Promise<boolean>;
  putTicket(ticketHash: string, value: string, expiresAtEpoch: number): Promise<void>;
  /** Reads and deletes in one step: only the first caller gets the value. */
  takeTicket(ticketHash: string, nowEpoch: number): Promise<string | undefined>;
}
