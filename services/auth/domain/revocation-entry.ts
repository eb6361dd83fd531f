import { formatEntry, MAX_ENTRY_BYTES, NOTHING_REVOKED } from '@cloudfront-cookie-gateway/core/entry-format';
import {
  BACKDATE_SECONDS,
  CLOCK_SKEW_SECONDS,
  COOKIE_SECONDS,
  MAX_URL_SECONDS,
  WRITERS_APART_SECONDS,
} from '@cloudfront-cookie-gateway/core/time-bounds';
import { type Floor, NOTHING, type Revoked, type UserRecord } from './user-record.ts';

/** Counts a change that the edge must be told of. A caller can wait until the edge knows this count. */
function counted(user: UserRecord, nowEpoch: number): UserRecord {
  const { untoldSinceEpoch = nowEpoch } = user;
  return fitted({ ...user, changes: user.changes + 1, untoldSinceEpoch });
}

/** Revokes the starts of sessions that end together. Cookies with one of these starts open nothing any more. */
export function withRevokedStarts(user: UserRecord, starts: number[], nowEpoch: number): UserRecord {
  const others = user.revokedStarts.filter(({ number }) => !starts.includes(number));
  const revokedStarts = [...others, ...starts.map((number) => ({ number }))];
  return counted({ ...user, revokedStarts }, nowEpoch);
}

/**
 * Revokes every start up to now. This includes cookie sets that were made without a session, by `gateway cookies` or by
 * the cookie library. Their starts are at least an hour in the past.
 */
export function withStartsRevoked(user: UserRecord, nowEpoch: number): UserRecord {
  const through = Math.max(user.lastStart, nowEpoch - BACKDATE_SECONDS);
  return counted({ ...user, lastStart: through, signedOut: higher(user.signedOut, { through }) }, nowEpoch);
}

/** Revokes every share of the user up to now. */
export function withSharesRevoked(user: UserRecord, nowEpoch: number): UserRecord {
  const sharesSignedOut = higher(user.sharesSignedOut, { through: user.lastShare });
  return counted({ ...user, shares: [], sharesSignedOut }, nowEpoch);
}

/** Revokes one share, which expires by itself at `expiresAtEpoch`. Its link says so, so the end is known at once. */
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

/** Whether the edge's entry is due: the edge does not know every change, or something is to leave the entry. */
export function isDue(user: UserRecord, nowEpoch: number): boolean {
  return user.told < user.changes || (user.entryExpiresEpoch ?? Number.POSITIVE_INFINITY) <= nowEpoch;
}

/**
 * The record after the edge was told. What the entry holds gets its end now, and what the entry was made without goes.
 * So however late a change was written, nothing that was signed before it outlives its revocation. What was revoked
 * after the record was read for the entry stays as it is, and stays due.
 * @param read the record from which the entry was made
 * @param madeForEpoch the time for which the entry was made
 * @param nowEpoch a time after `user` was read
 */
export function withEdgeTold(
  user: UserRecord,
  read: UserRecord,
  madeForEpoch: number,
  nowEpoch: number,
): UserRecord {
  // The clock may have been set back since the entry was made.
  const fromEpoch = Math.max(nowEpoch, madeForEpoch) + CLOCK_SKEW_SECONDS;
  const cookiesEpoch = fromEpoch + user.longestCookieSeconds;
  // Cookies that were made without a session live as long as any cookie may.
  const anyCookieEpoch = Math.max(cookiesEpoch, fromEpoch + COOKIE_SECONDS.longest);
  const linksEpoch = fromEpoch + MAX_URL_SECONDS;

  function noted<T extends Floor | Revoked>(part: T, was: T | undefined, endEpoch: number): T {
    if (!was || was.untilEpoch !== part.untilEpoch) return part;
    if (part.untilEpoch === undefined) return { ...part, untilEpoch: endEpoch };
    return goneAtEpoch(part.untilEpoch) <= madeForEpoch ? { ...part, untilEpoch: 0 } : part;
  }
  const floor = (part: Floor, was: Floor, endEpoch: number) =>
    part.through === 0 ? NOTHING : noted(part, was.through === part.through ? was : undefined, endEpoch);
  const singles = (parts: Revoked[], were: Revoked[]) =>
    parts
      .map((part) =>
        noted(
          part,
          were.find(({ number }) => number === part.number),
          cookiesEpoch,
        ),
      )
      .filter(({ untilEpoch }) => untilEpoch !== 0);

  const overtaken = floor(user.overtaken, read.overtaken, cookiesEpoch);
  const entry = {
    signedOut: floor(user.signedOut, read.signedOut, anyCookieEpoch),
    overtaken: overtaken.untilEpoch === 0 ? NOTHING : overtaken,
    revokedStarts: singles(user.revokedStarts, read.revokedStarts),
    sharesSignedOut: floor(user.sharesSignedOut, read.sharesSignedOut, linksEpoch),
    revokedShares: singles(user.revokedShares, read.revokedShares),
  };
  const ends = [
    ...[entry.signedOut, entry.overtaken, entry.sharesSignedOut],
    ...[...entry.revokedStarts, ...entry.revokedShares],
  ].flatMap(({ untilEpoch }) => (untilEpoch ? [goneAtEpoch(untilEpoch)] : []));
  const { untoldSinceEpoch, entryExpiresEpoch: _before, ...rest } = user;
  const told = Math.max(user.told, read.changes);
  return {
    ...rest,
    ...entry,
    told,
    ...(told < user.changes ? { untoldSinceEpoch: Math.max(untoldSinceEpoch ?? 0, madeForEpoch) } : {}),
    ...(ends.length === 0 ? {} : { entryExpiresEpoch: Math.min(...ends) }),
  };
}

/** An entry that is made at this time or later lacks what has this end, and no other process brings it back. */
function goneAtEpoch(untilEpoch: number): number {
  return untilEpoch + WRITERS_APART_SECONDS;
}

/**
 * The record whose entry fits into the edge's limit, even with what has ended, since only the writer drops that. The
 * floor `overtaken` is raised over the lowest singles until the rest fits. A floor below the oldest live session harms
 * nobody. A floor above it overtakes live sessions.
 */
function fitted(user: UserRecord): UserRecord {
  const shares = absorbed(user.sharesSignedOut, user.revokedShares);
  const signedOut = absorbed(user.signedOut, user.revokedStarts);
  let { floor, singles } = absorbed(user.overtaken, signedOut.singles);
  const record = () => ({
    ...user,
    signedOut: signedOut.floor,
    overtaken: floor,
    revokedStarts: singles,
    sharesSignedOut: shares.floor,
    revokedShares: shares.singles,
  });
  while (entryText(record(), 0).length > MAX_ENTRY_BYTES) {
    const [lowest, ...others] = singles;
    if (!lowest) break;
    floor = higher(floor, { through: lowest.number, ...end(lowest) });
    singles = others;
  }
  return record();
}

/**
 * The entry that the edge's store must hold for a record: all that has no end, or an end later than this time.
 * Undefined if the store must hold none.
 */
export function edgeEntry(user: UserRecord, atEpoch: number): string | undefined {
  const text = entryText(user, atEpoch);
  return text === NOTHING_REVOKED ? undefined : text;
}

/** Whether a logout of all sessions covers this start. */
export function isSignedOut(user: UserRecord, start: number): boolean {
  return start <= user.signedOut.through;
}

/** Whether a live session was overtaken: the edge takes its cookies again only with a new start. */
export function isOvertaken(user: UserRecord, start: number): boolean {
  return start <= user.overtaken.through;
}

function entryText(user: UserRecord, atEpoch: number): string {
  const isIn = ({ untilEpoch }: Floor | Revoked) => untilEpoch === undefined || untilEpoch > atEpoch;
  const floor = (...floors: Floor[]) => Math.max(0, ...floors.filter(isIn).map(({ through }) => through));
  const singles = (parts: Revoked[]) => parts.filter(isIn).map(({ number }) => number);
  return formatEntry({
    sessionFloor: floor(user.signedOut, user.overtaken),
    sessions: singles(user.revokedStarts),
    shareFloor: floor(user.sharesSignedOut),
    shares: singles(user.revokedShares),
  });
}

/**
 * Moves the singles that the floor covers into the floor, and sorts the rest. The floor then lasts as long as the
 * longest of the moved singles.
 */
function absorbed(floor: Floor, singles: Revoked[]): { floor: Floor; singles: Revoked[] } {
  const under = singles.filter(({ number }) => number <= floor.through);
  return {
    floor: { through: floor.through, ...end(floor, ...under) },
    singles: singles.filter(({ number }) => number > floor.through).toSorted((a, b) => a.number - b.number),
  };
}

function higher(a: Floor, b: Floor): Floor {
  return { through: Math.max(a.through, b.through), ...end(a, b) };
}

/** The end of what takes the place of all these: the latest end, and none if one of them has none. */
function end(...parts: (Floor | Revoked)[]): Pick<Floor, 'untilEpoch'> {
  const ends = parts.flatMap(({ untilEpoch }) => untilEpoch ?? []);
  return ends.length < parts.length ? {} : { untilEpoch: Math.max(...ends) };
}
