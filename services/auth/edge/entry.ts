import { formatEntry, MAX_ENTRY_BYTES, NOTHING_REVOKED } from '@cloudfront-cookie-gateway/core/entry-format';
import { STARTS_PER_NUMBER, teamStart } from '@cloudfront-cookie-gateway/core/team-start';
import {
  BACKDATE_SECONDS,
  CLOCKS_APART_SECONDS,
  COOKIE_SECONDS,
  MAX_SIGNED_URL_SECONDS,
  WRITERS_APART_SECONDS,
} from '@cloudfront-cookie-gateway/core/time-bounds';
import {
  type Floor,
  NOTHING,
  type Revocations,
  type Revoked,
  type TeamKey,
  type UserRecord,
} from '../sessions/record.ts';

/** A floor, and the singles above it. */
type Part = Pick<TeamKey, 'floor' | 'singles'>;
type Ending = Pick<Floor, 'untilEpoch'>;
type KeyName = Pick<TeamKey, 'number' | 'teamId'>;

/** Counts a change that the edge must be told of. A caller can wait until the edge knows this count. */
function counted<T extends Revocations>(item: T, nowEpoch: number): T {
  const { pendingSinceEpoch = nowEpoch } = item;
  return { ...item, changes: item.changes + 1, pendingSinceEpoch };
}

/** Counts a change of the item's own key. Without other keys, `changes` says which change was its last one. */
function withOwnChange<T extends Revocations>(item: T, nowEpoch: number): T {
  const changed = counted(item, nowEpoch);
  return fitted(item.lastOwnChange === undefined ? changed : { ...changed, lastOwnChange: changed.changes });
}

/** Changes what is revoked under one key of team starts, and counts the change. The other keys are not written again. */
export function withTeamKey<T extends Revocations>(
  item: T,
  name: KeyName,
  change: (part: Part) => Part,
  nowEpoch: number,
): T {
  const changed = counted(item, nowEpoch);
  const key = { ...name, ...fittedPart(change(teamKeyOf(item, name))), lastChange: changed.changes };
  return {
    ...changed,
    lastOwnChange: item.lastOwnChange ?? item.changes,
    teamKeys: [...item.teamKeys.filter((each) => !isNamed(each, name)), key],
  };
}

/** Revokes team starts of one number, in every team. */
export function withRevokedTeamStarts<T extends Revocations>(
  item: T,
  number: number,
  starts: number[],
  nowEpoch: number,
): T {
  const revoke = ({ floor, singles }: Part) => ({ floor, singles: withSingles(singles, starts) });
  return withTeamKey(item, { number }, revoke, nowEpoch);
}

/** Revokes all team starts under one key, given or not. */
export function withRevokedKey<T extends Revocations>(item: T, key: KeyName, nowEpoch: number): T {
  const through = teamStart(key.number, STARTS_PER_NUMBER - 1);
  return withTeamKey(item, key, () => ({ floor: { through }, singles: [] }), nowEpoch);
}

/** What is revoked under one key of team starts. */
export function teamKeyOf(item: Revocations, name: KeyName): Part {
  return item.teamKeys.find((key) => isNamed(key, name)) ?? { floor: NOTHING, singles: [] };
}

function isNamed(key: KeyName, { number, teamId }: KeyName): boolean {
  return key.number === number && key.teamId === teamId;
}

/** Revokes the starts of sessions that end together. Cookies with one of these starts open nothing any more. */
export function withRevokedStarts(user: UserRecord, starts: number[], nowEpoch: number): UserRecord {
  const revokedStarts = withSingles(user.revokedStarts, starts);
  return withOwnChange({ ...user, revokedStarts }, nowEpoch);
}

/** What is revoked again has no end any more, and keeps one place. */
function withSingles(singles: Revoked[], numbers: number[]): Revoked[] {
  return [
    ...singles.filter(({ number }) => !numbers.includes(number)),
    ...numbers.map((number) => ({ number })),
  ];
}

/**
 * Revokes every start up to now. This includes cookie sets that were made without a session, by `gateway cookies` or by
 * the cookie library. Their starts are at least an hour in the past.
 */
export function withStartsRevoked(user: UserRecord, nowEpoch: number): UserRecord {
  const through = Math.max(user.lastStart, nowEpoch - BACKDATE_SECONDS);
  return withOwnChange(
    { ...user, lastStart: through, signedOut: higher(user.signedOut, { through }) },
    nowEpoch,
  );
}

/**
 * Revokes every share of the folder up to now. Each link says when it expires, so the floor ends with the last of those
 * that it covers. Where all of them have expired, the edge's store gets no key: otherwise, making and deleting teams
 * would fill it.
 */
export function withSharesRevoked<T extends Revocations>(item: T, nowEpoch: number): T {
  const { shares, revokedShares, sharesSignedOut, lastShare } = item;
  const open = shares.map(({ expiresAtEpoch }) => ({ untilEpoch: expiresAtEpoch + CLOCKS_APART_SECONDS }));
  const last = end(sharesSignedOut, ...revokedShares, ...open);
  if (last.untilEpoch !== undefined && last.untilEpoch <= nowEpoch) return { ...item, shares: [] };
  const through = Math.max(sharesSignedOut.through, lastShare);
  return withOwnChange({ ...item, shares: [], sharesSignedOut: { through, ...last } }, nowEpoch);
}

/**
 * The same in a restored table, which does not know the shares that were given since the backup. So the floor has no end
 * until the edge was told, and then lives as long as any share.
 */
export function withUnknownSharesRevoked<T extends Revocations>(item: T, nowEpoch: number): T {
  const sharesSignedOut = { through: Math.max(item.sharesSignedOut.through, item.lastShare) };
  return withOwnChange({ ...item, shares: [], sharesSignedOut }, nowEpoch);
}

/** Revokes one share, which expires by itself at `expiresAtEpoch`. Its link says so, so the end is known at once. */
export function withRevokedShare<T extends Revocations>(
  item: T,
  number: number,
  expiresAtEpoch: number,
  nowEpoch: number,
): T {
  const revokedShares = [
    ...item.revokedShares,
    { number, untilEpoch: expiresAtEpoch + CLOCKS_APART_SECONDS },
  ];
  const shares = item.shares.filter((share) => share.number !== number);
  return withOwnChange({ ...item, shares, revokedShares }, nowEpoch);
}

/** Whether an entry is due: the edge does not know every change, or something is to leave an entry. */
export function isDue(item: Revocations, nowEpoch: number): boolean {
  return item.told < item.changes || (item.entryExpiresEpoch ?? Number.POSITIVE_INFINITY) <= nowEpoch;
}

/** A key of the edge's store, with what it must hold. */
export interface EdgeKey {
  key: string;
  /** Undefined if the store must hold none. */
  entry: string | undefined;
  /** The edge knows all changes of the key, and something has expired. So the entry goes, or becomes shorter. */
  isShrinking: boolean;
}

/**
 * The keys that have changed, or of which something has expired. The edge is told of all of them together, since `told`
 * counts for the whole item. The other keys are as the edge knows them.
 * @param ownKey the key of the item's starts and shares
 */
export function dueKeys(item: Revocations, ownKey: string, atEpoch: number): EdgeKey[] {
  const due = (name: string, lastChange: number, parts: Ending[], entry: string | undefined) => {
    const isShrinking = lastChange <= item.told;
    const hasEnded = ({ untilEpoch }: Ending) =>
      untilEpoch !== undefined && untilEpoch > 0 && untilEpoch <= atEpoch;
    return isShrinking && !parts.some(hasEnded) ? [] : [{ key: name, entry, isShrinking }];
  };
  const own = edgeEntry(item, atEpoch);
  const keys = [
    ...due(ownKey, item.lastOwnChange ?? item.changes, ownParts(item), own),
    ...item.teamKeys.flatMap((key) => {
      const entry = unlessNothing(partText(key, atEpoch));
      return due(nameOfKey(key), key.lastChange, [key.floor, ...key.singles], entry);
    }),
  ];
  // What had expired may be under a floor by now (`gateway restored`). The item stays due until the writer has noted it.
  return keys.length > 0 || !isDue(item, atEpoch) ? keys : [{ key: ownKey, entry: own, isShrinking: true }];
}

/** The edge makes this name of the path and the start that it reads (`edge/function/gate.ts`). */
function nameOfKey({ number, teamId }: KeyName): string {
  return `${teamId ?? ''}.${number}`;
}

/**
 * The item after the edge was told of all its `dueKeys`. What the entries hold gets its end now, and what the entries
 * were made without goes. So however late a change was written, nothing that was signed before it outlives its
 * revocation. What was revoked after the item was read for the entries stays as it is, and stays due.
 * @param read the item from which the entries were made
 * @param madeForEpoch the time for which the entries were made
 * @param nowEpoch a time after `item` was read
 */
export function withEdgeTold<T extends Revocations>(
  item: T,
  read: Revocations,
  madeForEpoch: number,
  nowEpoch: number,
): T {
  // The clock may have been set back since the entries were made.
  const fromEpoch = Math.max(nowEpoch, madeForEpoch) + CLOCKS_APART_SECONDS;
  const cookiesEpoch = fromEpoch + item.longestCookieSeconds;
  const cookies = noting(madeForEpoch, cookiesEpoch);
  // Cookies that were made without a session live as long as any cookie may.
  const anyCookies = noting(madeForEpoch, Math.max(cookiesEpoch, fromEpoch + COOKIE_SECONDS.longest));
  const links = noting(madeForEpoch, fromEpoch + MAX_SIGNED_URL_SECONDS);

  const noted = {
    ...item,
    signedOut: anyCookies.floor(item.signedOut, read.signedOut),
    superseded: unlessGone(cookies.floor(item.superseded, read.superseded)),
    revokedStarts: cookies.singles(item.revokedStarts, read.revokedStarts),
    sharesSignedOut: links.floor(item.sharesSignedOut, read.sharesSignedOut),
    // A share has its end from the beginning.
    revokedShares: links.singles(item.revokedShares, read.revokedShares),
    teamKeys: item.teamKeys
      .map((key) => {
        const was = teamKeyOf(read, key);
        const floor = unlessGone(cookies.floor(key.floor, was.floor));
        return { ...key, floor, singles: cookies.singles(key.singles, was.singles) };
      })
      .filter(({ floor, singles }) => floor.through > 0 || singles.length > 0),
  };
  const parts = [...ownParts(noted), ...noted.teamKeys.flatMap(({ floor, singles }) => [floor, ...singles])];
  const ends = parts.flatMap(({ untilEpoch }) => (untilEpoch ? [goneAtEpoch(untilEpoch)] : []));
  const told = Math.max(item.told, read.changes);
  return {
    ...noted,
    told,
    pendingSinceEpoch:
      told < item.changes ? Math.max(item.pendingSinceEpoch ?? madeForEpoch, madeForEpoch) : undefined,
    entryExpiresEpoch: ends.length === 0 ? undefined : Math.min(...ends),
  };
}

/**
 * How the writer notes what it has told. Something without an end gets one, and something that has left the entry gets
 * the end 0, or goes. Whatever has changed since it was read stays as it is.
 * @param endEpoch by then, on every clock, what was signed before has expired
 */
function noting(madeForEpoch: number, endEpoch: number) {
  function noted<P extends Ending>(part: P, was: P | undefined): P {
    if (!was || was.untilEpoch !== part.untilEpoch) return part;
    if (part.untilEpoch === undefined) return { ...part, untilEpoch: endEpoch };
    return goneAtEpoch(part.untilEpoch) <= madeForEpoch ? { ...part, untilEpoch: 0 } : part;
  }
  return {
    floor: (part: Floor, was: Floor) =>
      part.through === 0 ? NOTHING : noted(part, was.through === part.through ? was : undefined),
    singles: (parts: Revoked[], were: Revoked[]) =>
      parts
        .map((part) =>
          noted(
            part,
            were.find(({ number }) => number === part.number),
          ),
        )
        .filter(({ untilEpoch }) => untilEpoch !== 0),
  };
}

function unlessGone(floor: Floor): Floor {
  return floor.untilEpoch === 0 ? NOTHING : floor;
}

/** An entry that is made at this time or later lacks what has this end, and no other process brings it back. */
function goneAtEpoch(untilEpoch: number): number {
  return untilEpoch + WRITERS_APART_SECONDS;
}

function ownParts(item: Revocations): Ending[] {
  const { signedOut, superseded, revokedStarts, sharesSignedOut, revokedShares } = item;
  return [signedOut, superseded, ...revokedStarts, sharesSignedOut, ...revokedShares];
}

/**
 * The item whose own entry fits into the edge's limit, even with what has ended, since only the writer drops that. The
 * floor `superseded` is raised over the lowest singles until the rest fits. A floor below the oldest live session harms
 * nobody. A floor above it supersedes live sessions.
 */
function fitted<T extends Revocations>(item: T): T {
  const shares = absorbed(item.sharesSignedOut, item.revokedShares);
  const signedOut = absorbed(item.signedOut, item.revokedStarts);
  const fittedWith = ({ floor, singles }: Part) => ({
    ...item,
    signedOut: signedOut.floor,
    superseded: floor,
    revokedStarts: singles,
    sharesSignedOut: shares.floor,
    revokedShares: shares.singles,
  });
  const rest = absorbed(item.superseded, signedOut.singles);
  return fittedWith(raised(rest, (part) => ownText(fittedWith(part), 0)));
}

/** The same for the team starts of one key. Its floor may supersede live sessions too. */
function fittedPart({ floor, singles }: Part): Part {
  return raised(absorbed(floor, singles), (part) => partText(part, 0));
}

/** Raises the floor over the lowest singles until the entry fits. */
function raised(part: Part, entryText: (part: Part) => string): Part {
  let { floor, singles } = part;
  while (entryText({ floor, singles }).length > MAX_ENTRY_BYTES) {
    const [lowest, ...others] = singles;
    if (!lowest) break;
    floor = higher(floor, { through: lowest.number, ...end(lowest) });
    singles = others;
  }
  return { floor, singles };
}

/**
 * The entry that the edge's store must hold under an item's own key: all that has no end, or an end later than this
 * time. Undefined if the store must hold none.
 */
export function edgeEntry(item: Revocations, atEpoch: number): string | undefined {
  return unlessNothing(ownText(item, atEpoch));
}

/** Whether a logout of all sessions covers this start. */
export function isSignedOut(user: UserRecord, start: number): boolean {
  return start <= user.signedOut.through;
}

/** Whether a live session was superseded: the edge takes its cookies again only with a new start. */
export function isSuperseded(user: UserRecord, start: number): boolean {
  return start <= user.superseded.through;
}

function unlessNothing(text: string): string | undefined {
  return text === NOTHING_REVOKED ? undefined : text;
}

function ownText(item: Revocations, atEpoch: number): string {
  const starts = heldAt([item.signedOut, item.superseded], item.revokedStarts, atEpoch);
  const shares = heldAt([item.sharesSignedOut], item.revokedShares, atEpoch);
  return formatEntry({
    sessionFloor: starts.floor,
    sessions: starts.singles,
    shareFloor: shares.floor,
    shares: shares.singles,
  });
}

function partText({ floor, singles }: Part, atEpoch: number): string {
  const starts = heldAt([floor], singles, atEpoch);
  return formatEntry({ sessionFloor: starts.floor, sessions: starts.singles, shareFloor: 0, shares: [] });
}

/** What has not ended by this time. */
function heldAt(floors: Floor[], singles: Revoked[], atEpoch: number) {
  const isIn = ({ untilEpoch }: Ending) => untilEpoch === undefined || untilEpoch > atEpoch;
  return {
    floor: Math.max(0, ...floors.filter(isIn).map(({ through }) => through)),
    singles: singles.filter(isIn).map(({ number }) => number),
  };
}

/**
 * Moves the singles that the floor covers into the floor, and sorts the rest. The floor then lasts as long as the
 * longest of the moved singles.
 */
function absorbed(floor: Floor, singles: Revoked[]): Part {
  const under = singles.filter(({ number }) => number <= floor.through);
  return {
    floor: { through: floor.through, ...end(floor, ...under) },
    singles: singles.filter(({ number }) => number > floor.through).toSorted((a, b) => a.number - b.number),
  };
}

/** The floor that takes the place of both. */
export function higher(a: Floor, b: Floor): Floor {
  return { through: Math.max(a.through, b.through), ...end(a, b) };
}

/** The end of what takes the place of all these: the latest end, and none if one of them has none. */
function end(...parts: Ending[]): Ending {
  const ends = parts.flatMap(({ untilEpoch }) => untilEpoch ?? []);
  return ends.length < parts.length ? {} : { untilEpoch: Math.max(...ends) };
}
