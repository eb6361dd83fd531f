import { formatEntry } from '../../../edge/function/revocation.ts';
import { BACKDATE_SECONDS, nextStart } from './session-start.ts';
import { type Floor, NOTHING, type Revoked, type UserRecord } from './user-record.ts';

/** The most that one value of a CloudFront KeyValueStore holds, in bytes (DG: cloudfront-limits). */
const MAX_ENTRY_BYTES = 1_024;

/** Clocks of the edge and of this service may differ by this much; an entry outlives what it concerns by it. */
export const CLOCK_SKEW_SECONDS = 5 * 60;

/** The longest that a CloudFront cookie of this service may live. */
const MAX_COOKIE_SECONDS = 24 * 60 * 60;

/** The longest that a share lives. */
export const MAX_SHARE_SECONDS = 7 * 24 * 60 * 60;

/** The record with a start for one more session, or undefined where too many logins came in an hour. */
export function withNextStart(user: UserRecord, nowEpoch: number): UserRecord | undefined {
  const start = nextStart(user.lastStart === 0 ? undefined : user.lastStart, nowEpoch);
  return start === undefined ? undefined : { ...user, lastStart: start };
}

/** Before cookies of this lifetime are handed out: how long they live must be known when they are revoked. */
export function withCookieLifetime(user: UserRecord, seconds: number): UserRecord {
  return seconds > user.longestCookieSeconds ? { ...user, longestCookieSeconds: seconds } : user;
}

/** One session: cookies with its start open nothing any more. */
export function withRevokedStart(user: UserRecord, start: number, nowEpoch: number): UserRecord {
  const revoked = { number: start, untilEpoch: cookiesUntil(user, nowEpoch) };
  const others = user.revokedStarts.filter(({ number }) => number !== start);
  return settled({ ...user, revokedStarts: [...others, revoked], edgeDueEpoch: 0 }, nowEpoch);
}

/**
 * Every session of the user up to now, and every cookie set that was made without one (by `gateway cookies` or by the
 * cookie library): those begin an hour in the past at the latest, and live a day at most.
 */
export function withSessionsRevoked(user: UserRecord, nowEpoch: number): UserRecord {
  const through = Math.max(user.lastStart, nowEpoch - BACKDATE_SECONDS);
  const longestCookieSeconds = Math.max(user.longestCookieSeconds, MAX_COOKIE_SECONDS);
  const floor = { through, untilEpoch: cookiesUntil({ longestCookieSeconds }, nowEpoch) };
  const signedOut = higher(user.signedOut, floor);
  return settled({ ...user, lastStart: through, signedOut, edgeDueEpoch: 0 }, nowEpoch);
}

/** Every share of the user up to now. */
export function withSharesRevoked(user: UserRecord, nowEpoch: number): UserRecord {
  const untilEpoch = nowEpoch + MAX_SHARE_SECONDS + CLOCK_SKEW_SECONDS;
  const floor = higher(user.sharesSignedOut, { through: user.lastShare, untilEpoch });
  return settled({ ...user, shares: [], sharesSignedOut: floor, edgeDueEpoch: 0 }, nowEpoch);
}

/** One share, which expires by itself at `expiresAtEpoch`. */
export function withRevokedShare(
  user: UserRecord,
  number: number,
  expiresAtEpoch: number,
  nowEpoch: number,
): UserRecord {
  const revokedShares = [...user.revokedShares, { number, untilEpoch: expiresAtEpoch + CLOCK_SKEW_SECONDS }];
  const shares = user.shares.filter((share) => share.number !== number);
  return settled({ ...user, shares, revokedShares, edgeDueEpoch: 0 }, nowEpoch);
}

/** The last cookie that this user may hold has expired then, on every clock. */
function cookiesUntil(
  { longestCookieSeconds }: Pick<UserRecord, 'longestCookieSeconds'>,
  nowEpoch: number,
): number {
  return nowEpoch + longestCookieSeconds + CLOCK_SKEW_SECONDS;
}

/** After the edge has been told: it is to be looked at again when something in its entry expires. */
export function withEdgeTold(user: UserRecord, nowEpoch: number): UserRecord {
  const { edgeDueEpoch: _told, ...rest } = user;
  const open = [
    user.signedOut,
    user.overtaken,
    user.sharesSignedOut,
    ...user.revokedStarts,
    ...user.revokedShares,
  ]
    .map(({ untilEpoch }) => untilEpoch)
    .filter((untilEpoch) => untilEpoch > nowEpoch);
  return open.length === 0 ? rest : { ...rest, edgeDueEpoch: Math.min(...open) };
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
    shares: user.shares.filter(({ expiresAtEpoch }) => expiresAtEpoch > nowEpoch),
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

/** Whether a logout has ended the session with this start, though its item may still be there, or come late. */
export function isSignedOut(user: UserRecord, start: number): boolean {
  return start <= user.signedOut.through || user.revokedStarts.some(({ number }) => number === start);
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
