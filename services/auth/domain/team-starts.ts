import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { Membership } from './membership.ts';
import type { UserRecord } from './user-record.ts';

export function membershipOf(user: UserRecord, teamId: TeamId): Membership | undefined {
  return user.memberships.find((membership) => membership.teamId === teamId);
}

/** The record with a membership, or with another role in it. */
export function withMembership(user: UserRecord, membership: Membership, _nowEpoch: number): UserRecord {
  const others = user.memberships.filter(({ teamId }) => teamId !== membership.teamId);
  return { ...user, memberships: [...others, membership] };
}

/** The record without a membership. The edge must be told of it. */
export function withoutMembership(user: UserRecord, teamId: TeamId, nowEpoch: number): UserRecord {
  if (!membershipOf(user, teamId)) return user;
  const memberships = user.memberships.filter((each) => each.teamId !== teamId);
  const { untoldSinceEpoch = nowEpoch } = user;
  return { ...user, memberships, changes: user.changes + 1, untoldSinceEpoch };
}
