import {
  membersOf,
  type Team,
  withDeletion,
  withoutMember,
} from '@cloudfront-cookie-gateway/auth/domain/team';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { MARGIN_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';

/**
 * The team with this member as a manager, whoever asks. Undefined if the member is one.
 * @throws GatewayError managed_by_provider, no_such_member
 */
export function withManager(team: Team, userId: UserId, nowEpoch: number): Team | undefined {
  if (team.kind === 'provider') throw new GatewayError('managed_by_provider');
  const role = membersOf(team).find((member) => member.userId === userId)?.role;
  if (role === undefined) throw new GatewayError('no_such_member');
  if (role === 'manager') return undefined;
  const members = team.members.map((member) =>
    member.userId === userId ? { ...member, role: 'manager' as const, dueSinceEpoch: nowEpoch } : member,
  );
  return { ...team, members };
}

export function isMember(team: Team, userId: UserId): boolean {
  return membersOf(team).some((member) => member.userId === userId);
}

/** Whether nobody else belongs to the team. */
export function isAlone(team: Team, userId: UserId): boolean {
  return membersOf(team).every((member) => member.userId === userId);
}

/**
 * The team without a user who leaves the service. If nobody else belongs to the team, it is deleted. Undefined if the
 * user does not belong to it.
 * @throws GatewayError last_manager; role_too_low if its only member is no manager
 */
export function withoutUser(team: Team, userId: UserId, nowEpoch: number): Team | undefined {
  if (!isMember(team, userId)) return undefined;
  return isAlone(team, userId)
    ? withDeletion(team, userId, nowEpoch)
    : withoutMember(team, userId, userId, nowEpoch);
}

/**
 * A team of a restored table without invitations and shares. The floor covers the share numbers that were given since
 * the backup, since each of them is far below it.
 * @param to.keepsMembers if not, the managers alone stay
 * @param to.tellsEdge whether the edge is to be told
 */
export function restoredTeam(
  team: Team,
  to: { keepsMembers: boolean; tellsEdge: boolean },
  nowEpoch: number,
): Team {
  const through = Math.max(team.lastShare, nowEpoch - MARGIN_SECONDS);
  const ended = {
    ...team,
    members: to.keepsMembers ? team.members : withManagersAlone(team.members, nowEpoch),
    invitations: [],
    shares: [],
    lastShare: through,
    sharesSignedOut: { through },
  };
  const { changes, untoldSinceEpoch = nowEpoch } = team;
  return to.tellsEdge ? { ...ended, changes: changes + 1, untoldSinceEpoch } : ended;
}

function withManagersAlone(members: Team['members'], nowEpoch: number): Team['members'] {
  return members.map((member) => {
    if (member.role === 'manager') return member;
    const { role: _ended, ...left } = member;
    return { ...left, dueSinceEpoch: member.dueSinceEpoch ?? nowEpoch };
  });
}
