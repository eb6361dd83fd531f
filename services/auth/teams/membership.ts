import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { toInstant } from '@cloudfront-cookie-gateway/core/epoch-seconds';
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
  /** Where the user sees the team's folder among the own files, as a name there. Absent until the user moves it. */
  place?: string;
}

/** UTF-8 bytes. So a record with 50 places stays small. */
const MAX_PLACE_BYTES = 512;

/** The most teams of one user. */
export const MAX_MEMBERSHIPS = 50;

/** The most teams that one user makes in any 24 hours. Each leaves an item that is kept for good. */
export const MAX_TEAMS_A_DAY = 20;
const DAY_SECONDS = 24 * 60 * 60;

/**
 * The record of a user who makes a team.
 * @throws GatewayError too_many_teams; too_many_teams_today, with the time of the next one
 */
export function withTeamMade<T extends { memberships: readonly Membership[]; madeTeamsAtEpoch: number[] }>(
  user: T,
  nowEpoch: number,
): T {
  if (user.memberships.length >= MAX_MEMBERSHIPS) throw new GatewayError('too_many_teams');
  const ofDay = user.madeTeamsAtEpoch.filter((atEpoch) => atEpoch > nowEpoch - DAY_SECONDS);
  const [first] = ofDay;
  if (first !== undefined && ofDay.length >= MAX_TEAMS_A_DAY) {
    const nextEpoch = first + DAY_SECONDS;
    throw new GatewayError('too_many_teams_today', {
      members: { retryAt: toInstant(nextEpoch), retryAfterSeconds: nextEpoch - nowEpoch },
    });
  }
  return { ...user, madeTeamsAtEpoch: [...ofDay, nowEpoch] };
}

/**
 * The record of a user who shows the folder of a team at another place, or at the usual one.
 * @throws GatewayError no_such_team; invalid_name; file_exists if another team's folder is there, around it or in it
 */
export function withPlace<T extends { memberships: readonly Membership[] }>(
  user: T,
  teamId: TeamId,
  place: string | undefined,
): T {
  requireMembership(user, teamId);
  if (place !== undefined && Buffer.byteLength(place) > MAX_PLACE_BYTES) {
    throw new GatewayError('invalid_name', { detail: `A place has at most ${MAX_PLACE_BYTES} bytes.` });
  }
  const isTaken = user.memberships.some(
    (other) =>
      place !== undefined &&
      other.place !== undefined &&
      other.teamId !== teamId &&
      (`${place}/`.startsWith(`${other.place}/`) || `${other.place}/`.startsWith(`${place}/`)),
  );
  if (isTaken) throw new GatewayError('file_exists', { detail: 'Another shared folder is at this place.' });
  const memberships = user.memberships.map((each) => {
    const { place: _before, ...membership } = each;
    return each.teamId === teamId ? { ...membership, ...defined({ place }) } : each;
  });
  return { ...user, memberships };
}

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
