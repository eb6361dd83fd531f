import type { Session } from './session.ts';

/** A number that is revoked, and all below it, until the last credential with one of them has expired. */
export interface Floor {
  through: number;
  untilEpoch: number;
}

export interface Revoked {
  /** A session start, or a share's number. */
  number: number;
  untilEpoch: number;
}

/** A link to one file, neither revoked nor expired; `name` is as the file is stored, relative to the folder. */
export interface Share {
  number: number;
  name: string;
  /** The version that it opens; absent in shares of an earlier deployment. */
  etag?: string;
  expiresAtEpoch: number;
}

/**
 * What the table keeps of one user: the live sessions, and the truth that the edge's KeyValueStore is written from. All
 * times are epoch seconds; starts and share numbers only grow. The record is kept for ever, since the floor is.
 */
export interface UserRecord {
  sessions: Session[];
  /** As the provider called the user at the last sign-in. */
  name?: string;
  email?: string;
  /** The subject that owns the id, where a claim names it (`USER_ID_CLAIM`): a hash of issuer and `sub`. */
  owner?: string;
  lastStart: number;
  /** Every session up to this start has been signed out. */
  signedOut: Floor;
  /** Starts that went under because the singles did not fit: some belong to live sessions, which get new ones. */
  overtaken: Floor;
  revokedStarts: Revoked[];
  lastShare: number;
  shares: Share[];
  sharesSignedOut: Floor;
  revokedShares: Revoked[];
  /** The longest cookie lifetime, in seconds, that this user was ever given cookies with: it may be lowered since. */
  longestCookieSeconds: number;
  /** A logout token of this time (its `iat`) ended all sessions: an ID token that is not younger begins none. */
  loggedOutAtEpoch: number;
  /** Counts the changes of what the edge must know. */
  changes: number;
  /** The count that the edge knows. */
  told: number;
  /** The first change that the edge does not know; absent: it knows all. */
  untoldSinceEpoch?: number;
  /** When something in the edge's entry expires next; absent: never. */
  entryExpiresEpoch?: number;
}

/** A record and its version, which a write names; 0: the user never signed in. */
export interface KnownUser {
  user: UserRecord;
  version: number;
}

export const NOTHING: Floor = { through: 0, untilEpoch: 0 };

export const NEW_USER: UserRecord = {
  sessions: [],
  lastStart: 0,
  signedOut: NOTHING,
  overtaken: NOTHING,
  revokedStarts: [],
  lastShare: 0,
  shares: [],
  sharesSignedOut: NOTHING,
  revokedShares: [],
  longestCookieSeconds: 0,
  loggedOutAtEpoch: 0,
  changes: 0,
  told: 0,
};
