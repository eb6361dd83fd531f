import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { type OwnKey, ownerOfKey } from '../domain/own-key.ts';
import type { Clock } from '../domain/ports.ts';
import { withEdgeTold } from '../domain/revocation-entry.ts';
import type { Revocations } from '../domain/user-record.ts';
import { changeRecord } from '../records/change-record.ts';
import { changeTeam } from '../records/change-team.ts';
import type { Stores } from '../table/stores.ts';

export type ItemDeps = Pick<Stores, 'users' | 'teams'> & { clock: Clock };

/** An item of which the edge is told, as it was read. */
interface ReadItem {
  item: Revocations;
  /**
   * Notes that the edge was told of this item. If the item was changed since it was read, it stays due.
   * @param madeForEpoch the time for which the entries were made
   * @returns the item after that
   */
  noteTold(madeForEpoch: number): Promise<Revocations>;
}

/**
 * Reads a user's record, or a team's item.
 * @returns undefined if the team has no item
 */
export async function readItem(deps: ItemDeps, key: OwnKey): Promise<ReadItem | undefined> {
  const owner = ownerOfKey(key);
  // The clock is read after the item that changes.
  const told =
    (read: Revocations, madeForEpoch: number) =>
    <T extends Revocations>(known: T): T =>
      withEdgeTold(known, read, madeForEpoch, nowEpoch(deps));
  if (owner.kind === 'user') {
    const from = await deps.users.read(owner.id);
    return {
      item: from.user,
      noteTold: (atEpoch) => changeRecord(deps, owner.id, told(from.user, atEpoch), from),
    };
  }
  const from = await deps.teams.read(owner.id);
  return (
    from && {
      item: from.team,
      noteTold: (atEpoch) => changeTeam(deps, { teamId: owner.id, from }, told(from.team, atEpoch)),
    }
  );
}
