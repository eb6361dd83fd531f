import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { UploadStore } from './file-ports.ts';
import type { LinkStore } from './link.ts';
import type { MoveStore } from './mover.ts';
import type { OwnKey } from './own-key.ts';
import type { Pointer } from './pointer.ts';
import type { TeamStore } from './team.ts';
import type { KnownUser, UserRecord } from './user-record.ts';

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
  check(): Promise<void>;
}

/** Seals data for this service only: a login under way, in the browser; the provider's tokens, in the table. */
export interface Sealer {
  seal(content: object): Promise<string>;
  /** Undefined for a text that this service did not seal. */
  open(sealed: string): Promise<unknown>;
}

/** Users' records, each with a version. All methods throw GatewayError store_unavailable. */
export interface UserStore {
  /** A user who never signed in has an empty record. A read sees every write that was answered before. */
  read(userId: UserId): Promise<KnownUser>;
  /** @returns false, with nothing written, if the version is another one by now, or there are too many writes */
  write(userId: UserId, version: number, user: UserRecord): Promise<boolean>;
}

/**
 * The items of which the edge must be told: users' records, and teams' items; and the users whose records name something
 * that is to end in teams. All methods throw GatewayError store_unavailable.
 */
export interface DueStore {
  /**
   * Items with a change that the edge does not know, those that have waited longest first.
   * @param isPassedOver items that take no place in the list, however many they are
   */
  untold(limit: number, isPassedOver?: (key: OwnKey) => boolean): Promise<Untold[]>;
  /** Items in whose entry something has expired, and whose changes the edge knows; the earliest first. */
  expired(nowEpoch: number, limit: number, isPassedOver?: (key: OwnKey) => boolean): Promise<OwnKey[]>;
  /**
   * Users with something that is to end in teams (`dueInTeams`), those that have waited longest first. A user of whom the
   * edge must be told is not among them until the edge was told.
   */
  inTeams(limit: number, isPassedOver?: (userId: UserId) => boolean): Promise<UserId[]>;
}

export interface Untold {
  key: OwnKey;
  /** The time since which the edge does not know of a change. */
  untoldSinceEpoch: number;
}

/** A logout by the provider, with the `iat` of its token. */
export interface Mark {
  issuedAtEpoch: number;
}

/**
 * Pointers: the users whose records hold the sessions of a pointer, and whether the provider has ended these sessions.
 * All methods throw GatewayError store_unavailable.
 */
export interface PointerStore {
  /**
   * Adds a user who is about to begin a session.
   * @returns `ended` if a logout of the provider concerns that session: any logout of the `sid`, or a logout of the
   *   `sub` that is not older than the ID token; `full` if the pointer names 100 other users
   */
  join(
    pointer: Pointer,
    userId: UserId,
    session: { issuedAtEpoch: number; expiresAtEpoch: number },
    nowEpoch: number,
  ): Promise<'joined' | 'ended' | 'full'>;
  /**
   * Notes a logout. It stays due until `settle`. If the same or a later logout is noted already, nothing changes.
   * Returns the logout that counts, and the users.
   */
  mark(
    pointer: Pointer,
    mark: Mark,
    nowEpoch: number,
  ): Promise<{ mark: Mark; isDue: boolean; userIds: UserId[] }>;
  /** The logout is done. A later logout stays due. */
  settle(pointer: Pointer, mark: Mark, nowEpoch: number): Promise<void>;
  /**
   * Logouts that are due, the oldest first.
   * @param isPassedOver logouts that take no place in the list, however many they are
   */
  due(limit: number, isPassedOver?: (pointer: Pointer) => boolean): Promise<Pointer[]>;
  /** @returns undefined if no logout is due */
  readDue(pointer: Pointer): Promise<{ mark: Mark; userIds: UserId[] } | undefined>;
}

/**
 * The tokens that the provider gave for a session, sealed. Each session has an item. When the session ends, the item
 * becomes a ticket for the provider's end-session endpoint. All methods throw GatewayError store_unavailable.
 */
export interface TokenStore {
  put(sessionId: string, sealed: string, expiresAtEpoch: number): Promise<void>;
  /** Undefined if there are no tokens, or they are a ticket by now. */
  read(sessionId: string): Promise<string | undefined>;
  /** @returns false, with nothing written, if there are no tokens, or they are a ticket by now */
  replace(sessionId: string, sealed: string): Promise<boolean>;
  /** From now on, only one `take` reads the tokens. Returns false if there are no tokens. */
  turnIntoTicket(sessionId: string, ticketHash: string, expiresAtEpoch: number): Promise<boolean>;
  /** Reads and deletes in one step, so only the first caller gets the tokens. */
  take(sessionId: string, ticketHash: string, nowEpoch: number): Promise<string | undefined>;
  delete(sessionId: string): Promise<void>;
}

/** The numbers of team starts. Each is given once. All methods throw GatewayError store_unavailable. */
export interface NumberStore {
  /**
   * One atomic addition. A number is lost if its answer is.
   * @param last the last number that may be given
   * @returns undefined if that one was given
   */
  next(last: number): Promise<number | undefined>;
  /** Passes over this many numbers, which are given to nobody. */
  skip(count: number): Promise<void>;
}

/** Things that may happen once: a login's `state`, a logout token's `jti`, the use of a native client's ID token. Throws GatewayError store_unavailable. */
export interface OnceStore {
  /** @returns false if somebody used the hash before; the store remembers it until it expires */
  useOnce(hash: string, expiresAtEpoch: number): Promise<boolean>;
}

/**
 * The lease of the edge's writer: a random number, as text. The holder writes a new one before each batch. All methods
 * throw GatewayError store_unavailable.
 */
export interface LeaseStore {
  read(): Promise<string | undefined>;
  /**
   * @param next undefined gives the lease back
   * @param version the edge's store after the holder's last call, for the next holder
   * @returns the version that the last holder left; false if the lease does not have the expected number
   */
  swap(
    expected: string | undefined,
    next: string | undefined,
    version?: string,
  ): Promise<{ version?: string } | false>;
}

/**
 * Everything that is remembered between two requests, except files: one DynamoDB table, and the edge's KeyValueStore.
 */
export interface Stores {
  users: UserStore;
  teams: TeamStore;
  links: LinkStore;
  numbers: NumberStore;
  due: DueStore;
  pointers: PointerStore;
  tokens: TokenStore;
  once: OnceStore;
  uploads: UploadStore;
  moves: MoveStore;
  lease: LeaseStore;
  edge: EdgeStore;
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
