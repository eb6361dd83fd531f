import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';

/** From the one who may do least: a viewer lists and reads, an editor changes files, a manager changes who belongs. */
export const ROLES = ['viewer', 'editor', 'manager'] as const;
export type Role = (typeof ROLES)[number];

/** `made`: people made the team, and its item says who belongs. `provider`: a claim of the ID token says it. */
export type TeamKind = 'made' | 'provider';

/** One team of a user, as the user's record holds it. */
export interface Membership {
  teamId: TeamId;
  role: Role;
  kind: TeamKind;
  /** The claim's value. Absent for a team that people made, whose item has the name. */
  name?: string;
}

/** The most teams of one user. */
export const MAX_MEMBERSHIPS = 50;

/** Whether a role may do what needs the other role. */
export function hasRole(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** What a user is in a team, as the user's record says. */
export function membershipOf(
  { memberships }: { memberships: readonly Membership[] },
  teamId: TeamId | undefined,
): Membership | undefined {
  return memberships.find((membership) => membership.teamId === teamId);
}

/**
 * The same for a user who must have at least this role there.
 * @throws GatewayError no_such_team, role_too_low
 */
export function requireMembership(
  user: { memberships: readonly Membership[] },
  teamId: TeamId | undefined,
  needed: Role = 'viewer',
): Membership {
  const membership = membershipOf(user, teamId);
  checkRole(membership?.role, needed);
  return membership;
}

/** @throws GatewayError no_such_team for somebody who has no role, and so does not belong to the team; role_too_low */
export function checkRole(role: Role | undefined, needed: Role): asserts role is Role {
  if (!role) throw new GatewayError('no_such_team');
  if (!hasRole(role, needed)) throw new GatewayError('role_too_low');
}
