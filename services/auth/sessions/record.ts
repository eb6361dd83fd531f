import type { Ipv4Range } from '@cloudfront-cookie-gateway/core/ipv4-range';
import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { Membership } from '../teams/membership.ts';
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
  /** The version of the file that the share opens. Without it, the share is stale. */
  etag?: string;
  expiresAtEpoch: number;
  /** The addresses that it opens from. Absent if it opens from everywhere. */
  ip?: Ipv4Range;
  /** The name under which browsers save the file, if that is another one. */
  download?: string;
  /** Who made the share of a file of a team. Absent for a share of one's own file. */
  maker?: Maker;
}

/** Who made something in a team, and the start of the session that made it. */
export interface Maker {
  userId: UserId;
  start: number;
}

/** The links of one folder: those that are open, and what is revoked of the others. Numbers only grow. */
export interface ShareBook {
  lastShare: number;
  shares: Share[];
  sharesSignedOut: Floor;
  revokedShares: Revoked[];
}

/**
 * What the edge must refuse of the team starts of one number. The key in the edge's store is `.<number>` for what is
 * signed out, which counts in every team, and for the links of a team. It is `<team>.<number>` for a team that the user
 * has left. It is gone from the item when the writer has noted that the edge's store holds nothing of it any more.
 */
export interface TeamKey {
  number: number;
  /** Absent for what counts in every team. */
  teamId?: TeamId;
  floor: Floor;
  /** Team starts above the floor. */
  singles: Revoked[];
  /** The count of its last change. The edge knows it if `told` is not below. */
  lastChange: number;
}

/**
 * What the edge must know of one item. A user's record has all of it. The item of a team has no session starts. The
 * item's own key holds the starts of sessions and the shares.
 */
export interface Revocations extends ShareBook {
  /** Every session up to this start has been signed out. */
  signedOut: Floor;
  /**
   * The floor over starts whose singles did not fit. Some starts belong to live sessions, which get new starts. It goes
   * when the writer has noted that the edge's store holds it no longer.
   */
  superseded: Floor;
  revokedStarts: Revoked[];
  teamKeys: TeamKey[];
  /**
   * The longest cookie lifetime, in seconds, with which this user, or a link of this team, ever got cookies. The
   * setting may be lower by now.
   */
  longestCookieSeconds: number;
  /** The number of changes that the edge must know. */
  changes: number;
  /** The count of the last change of the own key. Absent if only that key was ever changed. */
  lastOwnChange?: number | undefined;
  /** The number of changes that the edge knows. Each key of the item is told of these. */
  told: number;
  /** The time of the first change that the edge does not know. Absent if the edge knows all changes. */
  pendingSinceEpoch?: number | undefined;
  /** The time when something is to leave an entry of the edge next. Absent if nothing has an end. */
  entryExpiresEpoch?: number | undefined;
}

/** A team in whose item shares, links and invitations of the user are still to end. */
export interface DueInTeam {
  teamId: TeamId;
  /** What sessions with this start or a lower one have made is to end. */
  through: number;
  sinceEpoch: number;
}

/** The number of a user's team starts. No other user and no link has it. */
export interface TeamNumber {
  number: number;
  /** So many of its starts were ever given: one more than the highest `n`. */
  given: number;
}

/**
 * What the table keeps of one user: the live sessions, and the truth from which the edge's KeyValueStore is written.
 * All times are epoch seconds. Starts and share numbers only grow. The record is kept forever, because the floor is
 * kept forever.
 */
export interface UserRecord extends Revocations {
  sessions: Session[];
  /** The user's name, as the provider gave it at the last sign-in. */
  name?: string;
  email?: string;
  /** The subject that owns the id if a claim names the id (`USER_ID_CLAIM`). It is a hash of issuer and `sub`. */
  owner?: string;
  lastStart: number;
  /** A logout token with this `iat` ended all sessions. An ID token that is not younger begins no session. */
  loggedOutAtEpoch: number;
  memberships: Membership[];
  /** The number from which sessions get their team starts now. Absent before the first team is opened. */
  teamNumber?: TeamNumber | undefined;
  /** The times of the new numbers of the last day. */
  newNumbersAtEpoch: number[];
  /** The times at which the user made teams in the last day. */
  madeTeamsAtEpoch: number[];
  /** One for each team at most. */
  dueInTeams: DueInTeam[];
}

/** A record and its version. A write names the version. Version 0 means that the user never signed in. */
export interface KnownUser {
  user: UserRecord;
  version: number;
}

export const NOTHING: Floor = { through: 0, untilEpoch: 0 };

export const NO_REVOCATIONS: Revocations = {
  signedOut: NOTHING,
  superseded: NOTHING,
  revokedStarts: [],
  lastShare: 0,
  shares: [],
  sharesSignedOut: NOTHING,
  revokedShares: [],
  teamKeys: [],
  longestCookieSeconds: 0,
  changes: 0,
  told: 0,
};

export const NEW_USER: UserRecord = {
  ...NO_REVOCATIONS,
  sessions: [],
  lastStart: 0,
  loggedOutAtEpoch: 0,
  memberships: [],
  newNumbersAtEpoch: [],
  madeTeamsAtEpoch: [],
  dueInTeams: [],
};
