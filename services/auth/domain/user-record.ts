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
  expiresAtEpoch: number;
}

/**
 * What the table keeps of one user's credentials: the truth that the edge's KeyValueStore is written from. All times
 * are epoch seconds; starts and share numbers only grow.
 */
export interface UserRecord {
  lastStart: number;
  /** Every session up to this start has been signed out; kept for ever, and checked when a session is read. */
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
  /** When the edge's entry is to be looked at next, 0 for at once; absent: there is nothing to do. */
  edgeDueEpoch?: number;
}

export const NOTHING: Floor = { through: 0, untilEpoch: 0 };

export const NEW_USER: UserRecord = {
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
};
