import type { Policy } from './policy.ts';
import type { Refreshed, RefreshToken } from './refreshed.ts';
import type { SignedPolicy } from './signed-policy.ts';
import type { UserId } from './user-id.ts';
import type { KnownUser, UserRecord } from './user-record.ts';

/** Time is passed in, so that a test decides when anything happens. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after that time, or at once when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The signing key, wherever it is. */
export interface Signer {
  /** @throws GatewayError signing_unavailable */
  sign(policy: Policy): Promise<SignedPolicy>;
  /** A signature costs a round trip and money: a session's cookies are then signed once for each renewal. */
  isRemote?: true;
}

export interface Identity {
  /** The one that ids are derived from. */
  issuer: string;
  subject: string;
  /** Of the ID token, which is signed. */
  claims: Record<string, unknown>;
  /** Of the userinfo endpoint; empty where it was not asked. */
  userInfo: Record<string, unknown>;
  idToken: string;
  refreshToken?: RefreshToken;
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
  /** As of an identity. */
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
  /**
   * Uses a refresh token, which many providers take once.
   * @param untilMs it is not sent after this time, in milliseconds since 1970
   * @returns undefined for `invalid_grant`: the provider's session or the person has gone
   */
  refresh(refreshToken: string, untilMs: number): Promise<Refreshed | undefined>;
  /** Takes a refresh token back (RFC 7009), where the provider has an endpoint for it. */
  revoke(refreshToken: string): Promise<void>;
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

/** Seals what only this service may read: a login under way, in the browser; the provider's tokens, in the table. */
export interface Sealer {
  seal(content: object): Promise<string>;
  /** Undefined for what this service did not seal. */
  open(sealed: string): Promise<unknown>;
}

/** Users' records, each with a version. All methods throw GatewayError store_unavailable. */
export interface UserStore {
  /** The record of a user who never signed in is an empty one. Sees every write that was answered before. */
  read(userId: UserId): Promise<KnownUser>;
  /** @returns false where the record has another version by now, or takes no more writes now: nothing is written */
  write(userId: UserId, version: number, user: UserRecord): Promise<boolean>;
  /** Users whose entry at the edge is to be written, what the edge does not know before what has expired. */
  due(nowEpoch: number, limit: number): Promise<DueUser[]>;
}

export interface DueUser {
  userId: UserId;
  /** Since when the edge does not know of a change; absent: something in its entry has expired. */
  untoldSinceEpoch?: number;
}

/** What the provider calls a session (`sid`) or a person (`sub`), as a hash over its issuer too. */
export interface Pointer {
  kind: 'sid' | 'sub';
  hash: string;
}

/** A logout by the provider: the `iat` of its token. */
export interface Mark {
  issuedAtEpoch: number;
}

/**
 * Whose records hold the sessions of a pointer, and whether the provider has ended them. All methods throw GatewayError
 * store_unavailable.
 */
export interface PointerStore {
  /**
   * Adds a user who is about to begin a session.
   * @returns `ended` where a logout of the provider concerns that session: for a `sid` any, for a `sub` one that is
   *   not older than the ID token; `full` where the pointer names 100 other users
   */
  join(
    pointer: Pointer,
    userId: UserId,
    session: { issuedAtEpoch: number; expiresAtEpoch: number },
    nowEpoch: number,
  ): Promise<'joined' | 'ended' | 'full'>;
  /** Notes a logout, due until `settle`; an older one changes nothing. @returns the logout that counts, and the users */
  mark(
    pointer: Pointer,
    mark: Mark,
    nowEpoch: number,
  ): Promise<{ mark: Mark; isDue: boolean; userIds: UserId[] }>;
  /** The logout is done; a later one stays due. */
  settle(pointer: Pointer, mark: Mark, nowEpoch: number): Promise<void>;
  /** Logouts that are not done, those that have waited longest first. */
  due(limit: number): Promise<Pointer[]>;
  /** @returns undefined where no logout is due */
  readDue(pointer: Pointer): Promise<{ mark: Mark; userIds: UserId[] } | undefined>;
}

/**
 * The tokens that the provider gave for a session, sealed: an item of their own, which the session's end turns into a
 * ticket for the provider's end-session endpoint. All methods throw GatewayError store_unavailable.
 */
export interface TokenStore {
  put(sessionId: string, sealed: string, expiresAtEpoch: number): Promise<void>;
  /** Undefined where there are none, or they are a ticket by now. */
  read(sessionId: string): Promise<string | undefined>;
  /** @returns false where there are none, or they are a ticket by now: nothing is written */
  replace(sessionId: string, sealed: string): Promise<boolean>;
  /** From now on the tokens are good for one `take` alone. @returns false where there are none */
  turnIntoTicket(sessionId: string, ticketHash: string, expiresAtEpoch: number): Promise<boolean>;
  /** Reads and deletes in one step: only the first caller gets them. */
  take(sessionId: string, ticketHash: string, nowEpoch: number): Promise<string | undefined>;
  delete(sessionId: string): Promise<void>;
}

/** What may happen once: a login's `state`, a logout token's `jti`. It throws GatewayError store_unavailable. */
export interface OnceStore {
  /** @returns false where somebody used it before; remembered until it expires */
  useOnce(hash: string, expiresAtEpoch: number): Promise<boolean>;
}

/** The one writer to the edge: a number that changes as long as it works. It throws GatewayError store_unavailable. */
export interface LeaseStore {
  read(): Promise<string | undefined>;
  /** @param next undefined gives the lease back. @returns false where somebody else's number stands there */
  swap(expected: string | undefined, next: string | undefined): Promise<boolean>;
}

/** The KeyValueStore that the edge's function reads. */
export interface EdgeStore {
  /** The version changes with every write, by whomever. */
  describe(): Promise<{ version: string; bytes: number }>;
  /**
   * Writes at most 50 entries at once, and removes those that are undefined.
   * @returns the version afterwards, as far as it was told; false where the store was at another one: nothing that
   *   was not written before is written then
   */
  write(
    version: string,
    entries: { userId: UserId; entry: string | undefined }[],
  ): Promise<{ version: string | undefined } | false>;
}
