import { type Owner, teamOwner, toTeamId, userOwner } from '@cloudfront-cookie-gateway/core/owner';
import { toUserId } from '@cloudfront-cookie-gateway/core/user-id';

/** The key of a user's record, or of a team's item, in the table. */
export function itemKey({ kind, id }: Owner): string {
  return `${kind}#${id}`;
}

/** Undefined for an item of something else, and for a key that names no user or team. */
export function ownerOfItem(key: string): Owner | undefined {
  const [kind, id = ''] = key.split('#');
  const [teamId, userId] = [toTeamId(id), toUserId(id)];
  if (kind === 'team') return teamId && teamOwner(teamId);
  return kind === 'user' && userId ? userOwner(userId) : undefined;
}

/**
 * The key in the edge's store of an item's session starts and shares (`edge/function/gate.ts`). No user's id has a point.
 */
export function ownEdgeKey({ kind, id }: Owner): string {
  return kind === 'team' ? `${id}.shares` : id;
}
