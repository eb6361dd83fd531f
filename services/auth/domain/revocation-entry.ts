import { formatEntry } from '../../../edge/function/revocation-check.ts';
import { BACKDATE_SECONDS } from './session-start.ts';
import { MAX_URL_SECONDS } from './signed-url.ts';
import { type Floor, NOTHING, type Revoked, type UserRecord } from './user-record.ts';

/** The most that one value of a CloudFront KeyValueStore holds, in bytes (DG: cloudfront-limits). */
const MAX_ENTRY_BYTES = 1_024;

/**
 * Clocks of the edge and of this service may differ by this much. An entry is kept for this much longer than needed.
 */
export const CLOCK_SKEW_SECONDS = 5 * 60;

/** The longest that a CloudFront cookie of this service may live. */
const MAX_COOKIE_SECONDS = 24 * 60 * 60;

/** Counts a change that the edge must be told of. A caller can wait until the edge knows this count. */
function counted(user: UserRecord, nowEpoch: number): UserRecord {
  const { untoldSinceEpoch = nowEpoch } = user;
  return settled({ ...user, changes: user.changes + 1, untoldSinceEpoch }, nowEpoch);
}

/** Revokes the starts of sessions that end together. Cookies with one of these starts open nothing any more. */
export function withRevokedStarts(user: UserRecord, starts: number[], nowEpoch: number): UserRecord {
  const untilEpoch = cookiesUntil(user, nowEpoch);
  const others = user.revokedStarts.filter(({ number }) => !starts.includes(number));
  const revokedStarts = [...others, ...starts.map((number) => ({ number, untilEpoch }))];
  return counted({ ...user, revokedStarts }, nowEpoch);
}

/**
 * Revokes every start up to now. This includes cookie sets that were made without a session, by `gateway cookies` or by
 * the cookie library. Their starts are at least an hour in the past, and they live a day at most.
 */
export function withStartsRevoked(user: UserRecord, nowEpoch: number): UserRecord {
  const through = Math.max(user.lastStart, nowEpoch - BACKDATE_SECONDS);
  const longestCookieSeconds = Math.max(user.longestCookieSeconds, MAX_COOKIE_SECONDS);
  const floor = { through, untilEpoch: cookiesUntil({ longestCookieSeconds }, nowEpoch) };
  return counted({ ...user, lastStart: through, signedOut: higher(user.signedOut, floor) }, nowEpoch);
}

/** Revokes every share of the user up to now. */
export function withSharesRevoked(user: UserRecord, nowEpoch: number): UserRecord {
  const untilEpoch = nowEpoch + MAX_URL_SECONDS + CLOCK_SKEW_SECONDS;
  const floor = higher(user.sharesSignedOut, { through: user.lastShare, untilEpoch });
  return counted({ ...user, shares: [], sharesSignedOut: floor }, nowEpoch);
}

/** Revokes one share, which expires by itself at `expiresAtEpoch`. */
export function withRevokedShare(
  user: UserRecord,
  number: number,
  expiresAtEpoch: number,
  nowEpoch: number,
): UserRecord {
  const revokedShares = [...user.revokedShares, { number, untilEpoch: expiresAtEpoch + CLOCK_SKEW_SECONDS }];
  const shares = user.shares.filter((share) => share.number !== number);
  return counted({ ...user, shares, revokedShares }, nowEpoch);
}

/** The time when the last cookie that this user may hold has expired, on every clock. */
function cookiesUntil(
  { longestCookieSeconds }: Pick<UserRecord, 'longestCookieSeconds'>,
  nowEpoch: number,
): number {
  return nowEpoch + longestCookieSeconds + CLOCK_SKEW_SECONDS;
}

/** Whether the edge's entry is due: the edge does not know every change, or something in the entry has expired. */
export function isDue(user: UserRecord, nowEpoch: number): boolean {
  return user.told < user.changes || (user.entryExpiresEpoch ?? Number.POSITIVE_INFINITY) <= nowEpoch;
}

/**
 * The record after the edge was told.
 * @param changes the count of the record from which the entry was made; a later change stays due
 * @param readAtEpoch the time for which the entry was made
 */
export function withEdgeTold(user: UserRecord, changes: number, readAtEpoch: number): UserRecord {
  const { untoldSinceEpoch, entryExpiresEpoch: _before, ...rest } = settled(user, readAtEpoch);
  const told = Math.max(rest.told, changes);
  const open = [
    rest.signedOut,
    rest.overtaken,
    rest.sharesSignedOut,
    ...rest.revokedStarts,
    ...rest.revokedShares,
  ]
    .map(({ untilEpoch }) => untilEpoch)
    .filter((untilEpoch) => untilEpoch > readAtEpoch);
  return {
    ...rest,
    told,
    ...(told < rest.changes ? { untoldSinceEpoch: Math.max(untoldSinceEpoch ?? 0, readAtEpoch) } : {}),
    ...(open.length === 0 ? {} : { entryExpiresEpoch: Math.min(...open) }),
  };
}

/**
 * The record, settled: it lacks what has expired, and its entry fits into the edge's limit. The floor `overtaken` is
 * raised over the lowest singles until the rest fits. A floor below the oldest live session harms nobody. A floor above
 * it overtakes live sessions.
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

/** The entry that the edge's store must hold for a settled record. Undefined if the store must hold none. */
export function edgeEntry(user: UserRecord, nowEpoch: number): string | undefined {
  const text = entryText(user, nowEpoch);
  return text === NOTHING_REVOKED ? undefined : text;
}

/** Whether a logout of all sessions covers this start. */
export function isSignedOut(user: UserRecord, start: number): boolean {
  return start <= user.signedOut.through;
}

/** Whether a live session was overtaken: the edge takes its cookies again only with a new start. */
export function isOvertaken(user: UserRecord, start: number, nowEpoch: number): boolean {
  return start <= user.overtaken.through && user.overtaken.untilEpoch > nowEpoch;
}

/** The text of an entry that revokes nothing. */
export const NOTHING_REVOKED = formatEntry({ sessionFloor: 0, sessions: [], shareFloor: 0, shares: [] });

function entryText(user: UserRecord, nowEpoch: number): string {
  const open = ({ through, untilEpoch }: Floor) => (untilEpoch > nowEpoch ? through : 0);
  return formatEntry({
    sessionFloor: Math.max(open(user.signedOut), open(user.overtaken)),
    sessions: user.revokedStarts.map(({ number }) => number),
    shareFloor: open(user.sharesSignedOut),
    shares: user.revokedShares.map(({ number }) => number),
  });
}

/**
 * Moves the singles that the floor covers into the floor, and sorts the rest. The floor then lasts as long as the
 * longest of the moved singles.
 */
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
