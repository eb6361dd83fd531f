import { formatEntry } from '../../../edge/function/revocation.ts';
import { nextStart } from './session-start.ts';

/** The most that one value of a CloudFront KeyValueStore holds, in bytes (DG: cloudfront-limits). */
const MAX_ENTRY_BYTES = 1_024;

/** Clocks of the edge and of this service may differ by this much; an entry outlives what it concerns by it. */
export const CLOCK_SKEW_SECONDS = 5 * 60;

/** A number that is revoked, and all below it, until the last credential with one of them has expired. */
interface Floor {
  through: number;
  untilEpoch: number;
}

interface Revoked {
  /** A session start, or a share's number. */
  number: number;
  untilEpoch: number;
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
  sharesSignedOut: Floor;
  revokedShares: Revoked[];
}

const NOTHING: Floor = { through: 0, untilEpoch: 0 };

export const NEW_USER: UserRecord = {
  lastStart: 0,
  signedOut: NOTHING,
  overtaken: NOTHING,
  revokedStarts: [],
  lastShare: 0,
  sharesSignedOut: NOTHING,
  revokedShares: [],
};

/** The record with a start for one more session, or undefined where too many logins came in an hour. */
export function withNextStart(user: UserRecord, nowEpoch: number): UserRecord | undefined {
  const start = nextStart(user.lastStart === 0 ? undefined : user.lastStart, nowEpoch);
  return start === undefined ? undefined : { ...user, lastStart: start };
}

/** @param untilEpoch when the last cookie with this start has expired on every clock */
export function withRevokedStart(user: UserRecord, start: number, untilEpoch: number): UserRecord {
  return { ...user, revokedStarts: [...user.revokedStarts, { number: start, untilEpoch }] };
}

/** Every session and every share of the user up to now. */
export function withAllRevoked(
  user: UserRecord,
  cookiesUntilEpoch: number,
  sharesUntilEpoch: number,
): UserRecord {
  return {
    ...user,
    signedOut: higher(user.signedOut, { through: user.lastStart, untilEpoch: cookiesUntilEpoch }),
    sharesSignedOut: higher(user.sharesSignedOut, { through: user.lastShare, untilEpoch: sharesUntilEpoch }),
  };
}

/** @param untilEpoch when the share has expired on every clock */
export function withRevokedShare(user: UserRecord, number: number, untilEpoch: number): UserRecord {
  return { ...user, revokedShares: [...user.revokedShares, { number, untilEpoch }] };
}

/**
 * The record without what has expired, small enough for the edge: the lowest single starts go under a floor until the
 * rest fits. Those below the oldest live session harm nobody; from there on live ones are overtaken.
 */
export function settled(user: UserRecord, nowEpoch: number): UserRecord {
  const isOpen = ({ untilEpoch }: Revoked | Floor) => untilEpoch > nowEpoch;
  const shares = absorbed(user.sharesSignedOut, user.revokedShares.filter(isOpen));
  const signedOut = absorbed(user.signedOut, user.revokedStarts.filter(isOpen));
  let { floor, singles } = absorbed(isOpen(user.overtaken) ? user.overtaken : NOTHING, signedOut.singles);
  const record = () => ({
    ...user,
    signedOut: signedOut.floor,
    overtaken: floor,
    revokedStarts: singles,
    sharesSignedOut: shares.floor,
    revokedShares: shares.singles,
  });
  while (singles.length > 0 && entryText(record(), nowEpoch).length > MAX_ENTRY_BYTES) {
    const [lowest] = singles;
    floor = higher(floor, { through: lowest?.number ?? 0, untilEpoch: lowest?.untilEpoch ?? 0 });
    singles = singles.slice(1);
  }
  return record();
}

/** What the edge's store must hold for a settled record; undefined: nothing. */
export function edgeEntry(user: UserRecord, nowEpoch: number): string | undefined {
  const text = entryText(user, nowEpoch);
  return text === NOTHING_REVOKED ? undefined : text;
}

/** Whether a logout of all sessions has ended this one. */
export function isSignedOut(user: UserRecord, start: number): boolean {
  return start <= user.signedOut.through;
}

/** Whether a live session needs a new start before the edge takes its cookies again. */
export function isOvertaken(user: UserRecord, start: number, nowEpoch: number): boolean {
  return start <= user.overtaken.through && user.overtaken.untilEpoch > nowEpoch;
}

const NOTHING_REVOKED = formatEntry({ sessionFloor: 0, sessions: [], shareFloor: 0, shares: [] });

function entryText(user: UserRecord, nowEpoch: number): string {
  const open = ({ through, untilEpoch }: Floor) => (untilEpoch > nowEpoch ? through : 0);
  return formatEntry({
    sessionFloor: Math.max(open(user.signedOut), open(user.overtaken)),
    sessions: user.revokedStarts.map(({ number }) => number),
    shareFloor: open(user.sharesSignedOut),
    shares: user.revokedShares.map(({ number }) => number),
  });
}

/** Singles in ascending order, without those that a floor covers anyhow; it stays as long as they must. */
function absorbed(floor: Floor, singles: Revoked[]): { floor: Floor; singles: Revoked[] } {
  const under = singles.filter(({ number }) => number <= floor.through);
  return {
    floor: {
      through: floor.through,
      untilEpoch: Math.max(floor.untilEpoch, ...under.map(({ untilEpoch }) => untilEpoch)),
    },
    singles: singles.filter(({ number }) => number > floor.through).toSorted((a, b) => a.number - b.number),
  };
}

function higher(a: Floor, b: Floor): Floor {
  return { through: Math.max(a.through, b.through), untilEpoch: Math.max(a.untilEpoch, b.untilEpoch) };
}
