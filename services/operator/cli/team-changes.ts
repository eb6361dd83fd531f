import { withoutAnyLink } from '@cloudfront-cookie-gateway/auth/domain/link';
import { withSharesRevoked } from '@cloudfront-cookie-gateway/auth/domain/revocation-entry';
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
 * A team of a restored table without invitations, shares and links. The floors cover the share numbers and the starts of
 * links that were given since the backup. Each of these numbers is far below the floor.
 * @param keepsMembers if not, the managers alone stay
 */
export function restoredTeam(team: Team, keepsMembers: boolean, nowEpoch: number): Team {
  const ended = {
    ...withoutAnyLink(team, nowEpoch),
    members: keepsMembers ? team.members : withManagersAlone(team.members, nowEpoch),
    invitations: [],
    lastShare: Math.max(team.lastShare, nowEpoch - MARGIN_SECONDS),
  };
  return withSharesRevoked(ended, nowEpoch);
}

function withManagersAlone(members: Team['members'], nowEpoch: number): Team['members'] {
  return members.map((member) => {
    if (member.role === 'manager') return member;
    const { role: _ended, ...left } = member;
    return { ...left, dueSinceEpoch: member.dueSinceEpoch ?? nowEpoch };
  });
}
