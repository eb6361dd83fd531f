import type { Membership } from './membership.ts';
import type { Session } from './session.ts';

/** What the edge's entry holds has an end. By then, every credential that it refuses has expired, on every clock. */
interface Ending {
  /**
   * Absent until the writer has noted that the edge was told. 0 if the writer has noted that the edge's store holds it
   * no longer.
   */
  untilEpoch?: number;
}

/** A floor: this number and all below it are revoked. */
export interface Floor extends Ending {
  through: number;
}

export interface Revoked extends Ending {
  /** A single: a session start, or a share's number. */
  number: number;
}

/**
 * A link to one file that is neither revoked nor expired. `name` is the name of the stored file, relative to the
 * folder.
 */
export interface Share {
  number: number;
  name: string;
  /** The version of the file that the share opens. Absent in shares of an earlier deployment. */
  etag?: string;
  expiresAtEpoch: number;
}

/**
 * What the table keeps of one user: the live sessions, and the truth from which the edge's KeyValueStore is written.
 * All times are epoch seconds. Starts and share numbers only grow. The record is kept forever, because the floor is
 * kept forever.
 */
export interface UserRecord {
  sessions: Session[];
  /** The teams of the user. */
  memberships: Membership[];
  /** The user's name, as the provider gave it at the last sign-in. */
  name?: string;
  email?: string;
  /** The subject that owns the id if a claim names the id (`USER_ID_CLAIM`). It is a hash of issuer and `sub`. */
  owner?: string;
  lastStart: number;
  /** Every session up to this start has been signed out. */
  signedOut: Floor;
  /**
   * The floor over starts whose singles did not fit. Some starts belong to live sessions, which get new starts. It goes
   * when the writer has noted that the edge's store holds it no longer.
   */
  overtaken: Floor;
  revokedStarts: Revoked[];
  lastShare: number;
  shares: Share[];
  sharesSignedOut: Floor;
  revokedShares: Revoked[];
  /**
   * The longest cookie lifetime, in seconds, with which this user ever got cookies. The setting may be lower by now.
   */
  longestCookieSeconds: number;
  /** A logout token with this `iat` ended all sessions. An ID token that is not younger begins no session. */
  loggedOutAtEpoch: number;
  /** The number of changes that the edge must know. */
  changes: number;
  /** The number of changes that the edge knows. */
  told: number;
  /** The time of the first change that the edge does not know. Absent if the edge knows all changes. */
  untoldSinceEpoch?: number;
  /** The time when something is to leave the edge's entry next. Absent if nothing has an end. */
  entryExpiresEpoch?: number;
}

/** A record and its version. A write names the version. Version 0 means that the user never signed in. */
export interface KnownUser {
  user: UserRecord;
  version: number;
}

export const NOTHING: Floor = { through: 0, untilEpoch: 0 };

export const NEW_USER: UserRecord = {
  sessions: [],
  memberships: [],
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
