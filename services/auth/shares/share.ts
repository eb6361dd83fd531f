import { CLOCKS_APART_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import { withRevokedShare } from '../edge/entry.ts';
import type { Maker, Revocations, Share, ShareBook } from '../sessions/record.ts';

/**
 * The most shares that a folder may have at a time. A revoked share counts until the edge has forgotten it. So all shares
 * fit into the one entry of 1 KB that the edge reads, whatever anybody does.
 */
export const MAX_SHARES = 50;

/** The item with one more share, whose number is `lastShare`. Undefined if there are too many. */
export function withShare<T extends ShareBook>(
  book: T,
  share: Omit<Share, 'number'>,
  nowEpoch: number,
): T | undefined {
  const { shares, revokedShares, lastShare } = book;
  const room = MAX_SHARES - 1 - revokedShares.length;
  const open = shares.filter(({ expiresAtEpoch }) => expiresAtEpoch > nowEpoch);
  if (open.length > room) return undefined;
  // A slower clock may still open those that have just expired, so a floor must know them while there is room for them.
  const past = shares.filter(
    ({ expiresAtEpoch }) => expiresAtEpoch <= nowEpoch && expiresAtEpoch + CLOCKS_APART_SECONDS > nowEpoch,
  );
  const kept = past.slice(Math.max(0, past.length + open.length - room));
  const number = lastShare + 1;
  return { ...book, lastShare: number, shares: [...kept, ...open, { number, ...share }] };
}

/** The item without a share whose URL was never handed out. Nothing has to be revoked. */
export function withoutShare<T extends ShareBook>(book: T, number: number): T {
  return { ...book, shares: book.shares.filter((share) => share.number !== number) };
}

/** The item with every share of some files revoked. Undefined if they have none, or all expired by every clock. */
export function withFilesRevoked<T extends Revocations>(
  item: T,
  names: ReadonlySet<string>,
  nowEpoch: number,
): T | undefined {
  return withEachRevoked(item, (share) => names.has(share.name), nowEpoch);
}

/**
 * The team's item with every share revoked that somebody made. Undefined if there is none, or all expired by every
 * clock.
 * @param isMaker whether it was made by that person
 */
export function withMakerRevoked<T extends Revocations>(
  item: T,
  isMaker: (maker: Maker) => boolean,
  nowEpoch: number,
): T | undefined {
  return withEachRevoked(item, ({ maker }) => maker !== undefined && isMaker(maker), nowEpoch);
}

function withEachRevoked<T extends Revocations>(
  item: T,
  isMeant: (share: Share) => boolean,
  nowEpoch: number,
): T | undefined {
  const meant = item.shares.filter(
    (share) => isMeant(share) && share.expiresAtEpoch + CLOCKS_APART_SECONDS > nowEpoch,
  );
  if (meant.length === 0) return undefined;
  return meant.reduce(
    (known, { number, expiresAtEpoch }) => withRevokedShare(known, number, expiresAtEpoch, nowEpoch),
    item,
  );
}
