import { type TeamId, toTeamId } from '@cloudfront-cookie-gateway/core/owner';
import { toUserId, type UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { dueInTeamsSinceEpoch } from '../domain/due-in-teams.ts';
import { type OwnKey, sharesKey } from '../domain/own-key.ts';
import type { DueStore } from '../domain/ports.ts';
import { settlesSinceEpoch, sweepsAtEpoch, type Team } from '../domain/team.ts';
import type { Revocations, UserRecord } from '../domain/user-record.ts';
import { createTable, DUE_INDEX, duePartition, type Item, type TablePlace } from './dynamodb.ts';

/** The kinds of work in the index of the table. An item has one place there, so one kind at a time. */
export const DUE = {
  /** A change that the edge does not know. Users and teams wait in the same list. */
  untold: 'untold',
  /** Something in the entry of the edge's store has expired. */
  expired: 'expired',
  /** A user who made something in teams that is to end there. */
  inTeams: 'in-teams',
  /** A team with members whose records do not follow yet. */
  members: 'team',
  /** A deleted team whose folder is to be swept. */
  sweep: 'sweep',
  /** A logout by the provider. */
  logout: 'provider',
} as const;

/** The items of which the edge must be told, and the users who made something in teams. */
export function createDueStore(place: TablePlace): DueStore {
  const table = createTable(place);

  return {
    untold: (limit, isPassedOver) =>
      table.due(
        { kind: DUE.untold },
        limit,
        (item) => {
          const key = keyOf(item);
          return key && { key, untoldSinceEpoch: Number(item[DUE_INDEX.sortKey]?.N) };
        },
        isPassedOver && (({ key }) => isPassedOver(key)),
      ),

    expired: (nowEpoch, limit, isPassedOver) =>
      table.due({ kind: DUE.expired, untilEpoch: nowEpoch }, limit, keyOf, isPassedOver),

    inTeams: (limit, isPassedOver) => table.due({ kind: DUE.inTeams }, limit, userIdOf, isPassedOver),
  };
}

/** A user's place in the index. */
export function userDue(pk: string, user: UserRecord) {
  return placeOf(pk, user, [[DUE.inTeams, dueInTeamsSinceEpoch(user)]]);
}

/** A team's place in the index. The second sweep of a deleted team comes a day later, and its entry may expire before. */
export function teamDue(pk: string, team: Team) {
  const sweepsEpoch = sweepsAtEpoch(team);
  const isSweepFirst = sweepsEpoch !== undefined && sweepsEpoch <= (team.entryExpiresEpoch ?? sweepsEpoch);
  return placeOf(pk, team, [
    [DUE.members, settlesSinceEpoch(team)],
    [DUE.sweep, isSweepFirst ? sweepsEpoch : undefined],
  ]);
}

type Work = [kind: string, atEpoch: number | undefined];

/** What the edge does not know comes first. What has expired may wait until all else is done. */
function placeOf(pk: string, item: Revocations, others: Work[]) {
  const { told, changes, untoldSinceEpoch = 0, entryExpiresEpoch } = item;
  const untold: Work = [DUE.untold, told < changes ? untoldSinceEpoch : undefined];
  const works: Work[] = [untold, ...others, [DUE.expired, entryExpiresEpoch]];
  const [kind, atEpoch] = works.find(([, epoch]) => epoch !== undefined) ?? [];
  return { [DUE_INDEX.partitionKey]: kind && duePartition(kind, pk), [DUE_INDEX.sortKey]: atEpoch };
}

/** Undefined for an item that this deployment does not know. Another deployment may keep such items in the same index. */
function keyOf(item: Item): OwnKey | undefined {
  const teamId = teamIdOf(item);
  return teamId ? sharesKey(teamId) : userIdOf(item);
}

function userIdOf(item: Item): UserId | undefined {
  return toUserId(restOf(item, 'user#'));
}

/** Undefined for an item of something else, and for a key that names no team. */
export function teamIdOf(item: Item): TeamId | undefined {
  return toTeamId(restOf(item, 'team#'));
}

function restOf(item: Item, prefix: string): string {
  const pk = item['pk']?.S ?? '';
  return pk.startsWith(prefix) ? pk.slice(prefix.length) : '';
}
