import {
  type Owner,
  type TeamId,
  teamOwner,
  toTeamId,
  userOwner,
} from '@cloudfront-cookie-gateway/core/owner';
import { parseUserId, type UserId } from '@cloudfront-cookie-gateway/core/user-id';

const SHARES = '.shares';

/**
 * The own key of an item in the edge's store, which also names the item: a user's record has the user's id, and a team's
 * item has the key of the team's shares. No user's id has a point.
 */
export type OwnKey = UserId | `${TeamId}.shares`;

/** The key that the edge looks up for links to a team's files (`edge/function/gate.ts`). */
export function sharesKey(teamId: TeamId): OwnKey {
  return `${teamId}${SHARES}`;
}

/** Whose item it is. */
export function ownerOfKey(key: OwnKey): Owner {
  const teamId = key.endsWith(SHARES) ? toTeamId(key.slice(0, -SHARES.length)) : undefined;
  return teamId ? teamOwner(teamId) : userOwner(parseUserId(key));
}
