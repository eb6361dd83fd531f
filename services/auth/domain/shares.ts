import { settled, withRevokedShare } from './revocation-entry.ts';
import type { Share, UserRecord } from './user-record.ts';

/**
 * Shares that a user may have at a time. Revoked ones count until the edge may forget them: all of them together fit
 * the one entry of 1 KB that the edge reads, whatever a user does.
 */
export const MAX_SHARES = 50;

/** The record with one more share, whose number is `lastShare`, or undefined where there are too many. */
export function withShare(
  user: UserRecord,
  share: Omit<Share, 'number'>,
  nowEpoch: number,
): UserRecord | undefined {
  const known = settled(user, nowEpoch);
  if (known.shares.length + known.revokedShares.length >= MAX_SHARES) return undefined;
  const number = known.lastShare + 1;
  return { ...known, lastShare: number, shares: [...known.shares, { number, ...share }] };
}

/** A share whose URL was never handed out: there is nothing to revoke. */
export function withoutShare(user: UserRecord, number: number): UserRecord {
  return { ...user, shares: user.shares.filter((share) => share.number !== number) };
}

/** Every share of one file revoked, or undefined where it has none. */
export function withFileRevoked(user: UserRecord, name: string, nowEpoch: number): UserRecord | undefined {
  const ofFile = user.shares.filter((share) => share.name === name);
  if (ofFile.length === 0) return undefined;
  return ofFile.reduce(
    (known, { number, expiresAtEpoch }) => withRevokedShare(known, number, expiresAtEpoch, nowEpoch),
    user,
  );
}
