import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { Uploader } from '../domain/file-ports.ts';
import { findSession } from '../domain/live-sessions.ts';
import type { Clock, UserStore } from '../domain/ports.ts';
import { withRevokedShare } from '../domain/revocation-entry.ts';
import { withFileRevoked, withoutShare, withShare } from '../domain/shares.ts';
import type { KnownUser, Share, UserRecord } from '../domain/user-record.ts';
import { changeRecord } from '../records/change-record.ts';
import type { EdgeTeller, Told } from '../revocations/edge-teller.ts';
import type { CurrentSession } from '../sessions/session-deps.ts';

/** Links to single files. All methods throw GatewayError store_unavailable. */
export interface Shares {
  /**
   * Creates a share. The link is made after its number is in the record. A delete of the file at the same time then
   * finds the share there.
   * @param makeUrl if it fails, the share is taken back
   * @throws GatewayError no_session if the session has ended since it was read; too_many_shares
   */
  create(
    current: CurrentSession,
    share: Omit<Share, 'number'>,
    makeUrl: (id: number) => Promise<string>,
  ): Promise<{ id: number; url: string }>;
  /** Shares that are neither expired nor revoked, the oldest first. */
  open(known: KnownUser): Share[];
  /**
   * Revokes a share. Calling it again is harmless.
   * @returns false if there is no such share
   */
  revoke(userId: UserId, number: number, known: KnownUser): Promise<boolean>;
  /**
   * Revokes every share of a file, by the name of the stored file.
   * @returns whether the edge has been told
   */
  revokeOf(by: Uploader, name: string, known?: KnownUser): Promise<{ told: Promise<Told> }>;
}

export function createShares(deps: { users: UserStore; teller: EdgeTeller; clock: Clock }): Shares {
  const { teller } = deps;

  return {
    async create({ userId, session, known }, share, makeUrl) {
      const change = (user: UserRecord): UserRecord => {
        if (!findSession(user, session.tokenHash, nowEpoch(deps))) throw new GatewayError('no_session');
        const changed = withShare(user, share, nowEpoch(deps));
        if (!changed) throw new GatewayError('too_many_shares');
        return changed;
      };
      const { lastShare: id } = await changeRecord(deps, userId, change, known);
      try {
        return { id, url: await makeUrl(id) };
      } catch (error) {
        await changeRecord(deps, userId, (user) => withoutShare(user, id));
        throw error;
      }
    },

    open: ({ user }) => user.shares.filter(({ expiresAtEpoch }) => expiresAtEpoch > nowEpoch(deps)),

    async revoke(userId, number, known) {
      const user = await changeRecord(
        deps,
        userId,
        (before) => {
          const share = before.shares.find((each) => each.number === number);
          return share && withRevokedShare(before, number, share.expiresAtEpoch, nowEpoch(deps));
        },
        known,
      );
      if (!user.revokedShares.some((revoked) => revoked.number === number)) return false;
      await teller.tell(userId, user);
      return true;
    },

    async revokeOf({ owner, userId }, name, known) {
      // No file of a team is shared yet.
      if (owner.kind === 'team') return { told: Promise.resolve('told') };
      const change = (before: UserRecord) => withFileRevoked(before, name, nowEpoch(deps));
      const user = await changeRecord(deps, userId, change, known);
      return { told: teller.tell(userId, user) };
    },
  };
}
