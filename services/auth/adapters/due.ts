import { toTeamId } from '@cloudfront-cookie-gateway/core/owner';
import { toUserId, type UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { dueInTeamsSinceEpoch } from '../domain/due-in-teams.ts';
import { type OwnKey, sharesKey } from '../domain/own-key.ts';
import type { DueStore } from '../domain/ports.ts';
import type { Revocations, UserRecord } from '../domain/user-record.ts';
import { createTable, DUE_INDEX, type Item, type TablePlace } from './dynamodb.ts';

/** A user who made something in teams that is to end there. */
const IN_TEAMS = 'in-teams';

/** The items of which the edge must be told, by the index of the table. Users and teams wait in the same list. */
export function createDueStore(place: TablePlace): DueStore {
  const table = createTable(place);

  return {
    untold: (limit, isPassedOver = nothing) =>
      table.due({ kind: 'untold' }, limit, (item) => {
        const key = keyOf(item);
        const untoldSinceEpoch = Number(item[DUE_INDEX.sortKey]?.N);
        return key && !isPassedOver(key) ? { key, untoldSinceEpoch } : undefined;
      }),

    expired: (nowEpoch, limit, isPassedOver = nothing) =>
      table.due({ kind: 'expired', untilEpoch: nowEpoch }, limit, (item) => {
        const key = keyOf(item);
        return key && !isPassedOver(key) ? key : undefined;
      }),

    inTeams: (limit, isPassedOver = nothing) =>
      table.due({ kind: IN_TEAMS }, limit, (item) => {
        const userId = userIdOf(item);
        return userId && !isPassedOver(userId) ? userId : undefined;
      }),
  };
}

function nothing(): boolean {
  return false;
}

/** Undefined for an item that this deployment does not know. Another deployment may keep such items in the same index. */
function keyOf(item: Item): OwnKey | undefined {
  const [kind, id = ''] = (item['pk']?.S ?? '').split('#');
  if (kind === 'user') return userIdOf(item);
  const teamId = kind === 'team' ? toTeamId(id) : undefined;
  return teamId && sharesKey(teamId);
}

function userIdOf(item: Item): UserId | undefined {
  const [kind, id = ''] = (item['pk']?.S ?? '').split('#');
  return kind === 'user' ? toUserId(id) : undefined;
}

/** An item's place in the index. */
export function duePlace(kind: string, atEpoch: number) {
  return { [DUE_INDEX.partitionKey]: kind, [DUE_INDEX.sortKey]: atEpoch };
}

/** What the edge does not know comes first. What has expired may wait until all that is due in teams has ended. */
export function userDue(user: UserRecord) {
  const sinceEpoch = dueInTeamsSinceEpoch(user);
  return user.told < user.changes || sinceEpoch === undefined
    ? edgeDue(user)
    : duePlace(IN_TEAMS, sinceEpoch);
}

/** The place of an item of which the edge must be told. No place if nothing is due. */
export function edgeDue({
  told,
  changes,
  untoldSinceEpoch,
  entryExpiresEpoch,
}: Pick<Revocations, 'told' | 'changes' | 'untoldSinceEpoch' | 'entryExpiresEpoch'>) {
  if (told < changes) return duePlace('untold', untoldSinceEpoch ?? 0);
  return entryExpiresEpoch === undefined ? {} : duePlace('expired', entryExpiresEpoch);
}
