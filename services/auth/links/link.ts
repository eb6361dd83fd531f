import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { parseFileName } from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import { teamStart } from '@cloudfront-cookie-gateway/core/team-start';
import { CLOCKS_APART_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import { teamKeyOf, withRevokedKey, withRevokedTeamStarts } from '../edge/entry.ts';
import type { Maker, Revocations } from '../sessions/record.ts';

/** A viewer reads the team's folder. An uploader sends files into a folder of the link, and reads nothing. */
export const LINK_ROLES = ['viewer', 'uploader'] as const;
export type LinkRole = (typeof LINK_ROLES)[number];

/** The most open links of a team. */
export const MAX_LINKS = 50;
/**
 * The most starts that the links of a team have and had, as long as the edge refuses these. They fit into one entry of
 * 1 KB, whatever anybody does. So its floor never rises over the start of an open link.
 */
const MAX_STARTS = 90;
/** How long a link may live, in seconds. */
export const LINK_SECONDS = { shortest: 60, usual: 7 * 24 * 60 * 60, longest: 365 * 24 * 60 * 60 };
/** What the files that come through one link may be, all together. */
export const LINK_CAPS = {
  files: { usual: 100, most: 10_000 },
  bytes: { usual: 10 * 1_024 ** 3, most: 1_024 ** 4 },
};
/** Characters. So the links of a team fit into its item. */
const MAX_NAME_LENGTH = 40;

/** What the uploads through a link may be, all together. They count when they are signed. */
export interface LinkCaps {
  files: number;
  bytes: number;
}

/** A link to a team's folder: a member without a person. All times are epoch seconds. */
export interface Link {
  /** SHA-256 of the secret. It opens nothing, so it also names the link. */
  hash: string;
  /** The random part of the secret, from which this service makes the link's URL again. */
  random: string;
  role: LinkRole;
  name?: string;
  /** What is signed as the start. A new password gives a new start. */
  start: number;
  /** The number of starts that the link had before. Other links may have had a start, and it may come back. */
  generation: number;
  /** Who made the link. It ends if that user leaves the team, is no editor any more, or signs out everywhere. */
  maker: Maker;
  createdAtEpoch: number;
  expiresAtEpoch: number;
  /** As `links/password.ts` writes it. Absent if the link needs none. */
  password?: string;
  /** Of an uploader alone. */
  caps?: LinkCaps;
}

/**
 * The links of one team. All have starts of one number, which no user has. The key in the edge's store is
 * `.<number>`. A start is free again when the edge holds nothing of it any more.
 */
export interface LinkBook extends Revocations {
  links: Link[];
  /** Absent before the first link, and after all links have ended together. */
  linkNumber?: number | undefined;
}

/** @throws GatewayError invalid_name: the name of an uploader's link is a part of the name of its folder */
export function parseLinkName(rawName: string, owner: Owner): string {
  const name = parseFileName(rawName.trim(), owner);
  if (name.includes('/') || [...name].length > MAX_NAME_LENGTH) {
    throw new GatewayError('invalid_name', {
      detail: `A link's name has 1 to ${MAX_NAME_LENGTH} characters, and no /.`,
    });
  }
  return name;
}

/** The folder for the files that come through a link, relative to the team's folder. No other link has it. */
export function folderOfLink({ hash, name = 'received' }: Pick<Link, 'hash' | 'name'>): string {
  return `${name}-${hash.slice(0, 8)}`;
}

/** The links that have not ended. */
export function openLinks({ links }: LinkBook, nowEpoch: number): Link[] {
  return links.filter(({ expiresAtEpoch }) => expiresAtEpoch > nowEpoch);
}

export function openLink(book: LinkBook, hash: string, nowEpoch: number): Link | undefined {
  return openLinks(book, nowEpoch).find((link) => link.hash === hash);
}

/**
 * The item with one more link. Undefined if it needs a number first, or has that link.
 * @param newNumber the number to go on with if there is none
 * @throws GatewayError too_many_links
 */
export function withLink<T extends LinkBook>(
  book: T,
  link: Omit<Link, 'start' | 'generation'>,
  newNumber: number | undefined,
  nowEpoch: number,
): T | undefined {
  if (book.links.some(({ hash }) => hash === link.hash)) return undefined;
  const linkNumber = book.linkNumber ?? newNumber;
  if (linkNumber === undefined) return undefined;
  if (openLinks(book, nowEpoch).length >= MAX_LINKS) throw new GatewayError('too_many_links');
  const kept = { ...book, linkNumber, links: book.links.filter((each) => mayBeOpen(each, nowEpoch)) };
  const start = freeStart(kept, linkNumber);
  return { ...kept, links: [...kept.links, { ...link, start, generation: 0 }] };
}

/**
 * The item with another password or end of a link. A new password and an earlier end also end all that the link has
 * opened: the link gets a new start, and the edge refuses the old one.
 * @throws GatewayError no_such_link, too_many_links
 */
export function withChangedLink<T extends LinkBook>(
  book: T,
  hash: string,
  change: Partial<Pick<Link, 'password' | 'expiresAtEpoch'>>,
  nowEpoch: number,
): T {
  const before = openLink(book, hash, nowEpoch);
  if (!before || book.linkNumber === undefined) throw new GatewayError('no_such_link');
  const { password, expiresAtEpoch = before.expiresAtEpoch } = change;
  const endsOpened = password !== undefined || expiresAtEpoch < before.expiresAtEpoch;
  const withLinkAs = (after: Link) => ({
    ...book,
    links: book.links.map((link) => (link === before ? after : link)),
  });
  if (!endsOpened) return withLinkAs({ ...before, ...change });
  const start = freeStart(book, book.linkNumber);
  const anew = withLinkAs({ ...before, ...change, start, generation: before.generation + 1 });
  return withStartsRevoked(anew, [before.start], nowEpoch);
}

/** The item without a link. Undefined if it has no such link. */
export function withoutLink<T extends LinkBook>(book: T, hash: string, nowEpoch: number): T | undefined {
  return withoutLinks(book, (link) => link.hash === hash, nowEpoch);
}

/** The item without the links that somebody made. Undefined if there is none. */
export function withoutLinksOf<T extends LinkBook>(
  book: T,
  isMaker: (maker: Maker) => boolean,
  nowEpoch: number,
): T | undefined {
  return withoutLinks(book, ({ maker }) => isMaker(maker), nowEpoch);
}

/**
 * The item without any link. The edge refuses all starts of the number, even those that this item does not know, since
 * it may come from a backup. The next link needs a new number.
 */
export function withoutAnyLink<T extends LinkBook>(book: T, nowEpoch: number): T {
  const { linkNumber: number } = book;
  if (number === undefined) return book;
  return withRevokedKey({ ...book, links: [], linkNumber: undefined }, { number }, nowEpoch);
}

function withoutLinks<T extends LinkBook>(
  book: T,
  isMeant: (link: Link) => boolean,
  nowEpoch: number,
): T | undefined {
  const ending = book.links.filter(isMeant);
  if (ending.length === 0) return undefined;
  const left = { ...book, links: book.links.filter((link) => !isMeant(link)) };
  const starts = ending.filter((link) => mayBeOpen(link, nowEpoch)).map(({ start }) => start);
  return starts.length === 0 ? left : withStartsRevoked(left, starts, nowEpoch);
}

/** Whether a cookie of the link may still be good on some clock. No cookie outlives its link. */
function mayBeOpen({ expiresAtEpoch }: Link, nowEpoch: number): boolean {
  return expiresAtEpoch + CLOCKS_APART_SECONDS > nowEpoch;
}

function withStartsRevoked<T extends LinkBook>(book: T, starts: number[], nowEpoch: number): T {
  const { linkNumber: number } = book;
  return number === undefined ? book : withRevokedTeamStarts(book, number, starts, nowEpoch);
}

/**
 * The first start that no link has, and that no entry of the edge may still refuse.
 * @throws GatewayError too_many_links
 */
function freeStart(book: LinkBook, number: number): number {
  const { singles } = teamKeyOf(book, { number });
  const taken = new Set([...book.links.map(({ start }) => start), ...singles.map((single) => single.number)]);
  if (taken.size >= MAX_STARTS) {
    throw new GatewayError('too_many_links', {
      detail:
        'Too many links of this team have ended or got a new password within the last minutes. Try again later.',
    });
  }
  const all = Array.from({ length: MAX_STARTS }, (_, n) => teamStart(number, n));
  const free = all.find((start) => !taken.has(start));
  if (free === undefined) throw new Error('fewer starts are taken than there are');
  return free;
}
