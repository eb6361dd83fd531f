import { CLOCK_SKEW_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import { withRevokedShare } from './revocation-entry.ts';
import type { Revocations, Share, ShareBook } from './user-record.ts';

/**
 * The most shares that a user may have at a time. A revoked share counts until the edge has forgotten it. So all shares
 * fit into the one entry of 1 KB that the edge reads, whatever the user does.
 */
export const MAX_SHARES = 50;

/** The record with one more share, whose number is `lastShare`. Undefined if there are too many. */
export function withShare<T extends ShareBook>(
  book: T,
  share: Omit<Share, 'number'>,
  nowEpoch: number,
): T | undefined {
  const open = book.shares.filter(({ expiresAtEpoch }) => expiresAtEpoch > nowEpoch);
  if (open.length + book.revokedShares.length >= MAX_SHARES) return undefined;
  const number = book.lastShare + 1;
  return { ...book, lastShare: number, shares: [...open, { number, ...share }] };
}

/** The record without a share whose URL was never handed out. Nothing has to be revoked. */
export function withoutShare<T extends ShareBook>(book: T, number: number): T {
  return { ...book, shares: book.shares.filter((share) => share.number !== number) };
}

/** The record with every share of one file revoked. Undefined if the file has none, or all expired by every clock. */
export function withFileRevoked<T extends Revocations>(
  item: T,
  name: string,
  nowEpoch: number,
): T | undefined {
  const ofFile = item.shares.filter(
    (share) => share.name === name && share.expiresAtEpoch + CLOCK_SKEW_SECONDS > nowEpoch,
  );
  if (ofFile.length === 0) return undefined;
  return ofFile.reduce(
    (known, { number, expiresAtEpoch }) => withRevokedShare(known, number, expiresAtEpoch, nowEpoch),
    item,
  );
}
