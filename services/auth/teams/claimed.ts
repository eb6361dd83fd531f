import { deriveTeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { UserRecord } from '../sessions/record.ts';
import { MAX_DUE_IN_TEAMS, withDueInTeams } from './due.ts';
import { hasRole, MAX_MEMBERSHIPS, type Membership, membershipOf, type Role } from './membership.ts';
import { withMembership, withoutMembership } from './starts.ts';
import { shownName } from './team.ts';

/** Longer values are no names of groups, and would fill the records. */
const MAX_VALUE_LENGTH = 1_024;

/**
 * What the claim that names a user's teams (`TEAM_CLAIM`) says.
 * @param sources the ID token's claims, and those of the userinfo endpoint, empty if it did not answer
 * @returns the values from which teams follow, each once, sorted. Undefined if the provider did not answer: the claim is
 *   missing, is neither a text nor a list, or is only named as one that is kept elsewhere (OpenID Connect Core 1.0,
 *   section 5.6.2)
 */
export function claimedTeams(claim: string, sources: Record<string, unknown>[]): string[] | undefined {
  if (sources.some((claims) => isElsewhere(claims['_claim_names'], claim))) return undefined;
  const held = sources.find((claims) => claims[claim] !== undefined && claims[claim] !== null)?.[claim];
  const list: unknown = typeof held === 'string' ? [held] : held;
  return Array.isArray(list) ? [...new Set(list.filter(isUsable))].toSorted() : undefined;
}

function isElsewhere(names: unknown, claim: string): boolean {
  return typeof names === 'object' && names !== null && Object.hasOwn(names, claim);
}

/** A team's id can be derived from it. */
function isUsable(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= MAX_VALUE_LENGTH &&
    !value.includes('\0') &&
    value.isWellFormed()
  );
}

/**
 * The record with the memberships of the provider's teams that the claim's values say, and no others of that kind: the
 * first values that there is room for. Teams that people made stay, and take their places first. A lower role ends the
 * shares as the end of a membership does. While the schedule has too much to end in teams that were left, the user joins
 * no other one, and still leaves each. Undefined if the record says so already.
 * @param answer.values as `claimedTeams` gives them
 */
export function withClaimedTeams(
  user: UserRecord,
  answer: { issuer: string; values: string[]; role: Role },
  nowEpoch: number,
): UserRecord | undefined {
  const made = user.memberships.filter(({ kind }) => kind === 'made').length;
  const wanted = answer.values
    .slice(0, Math.max(0, MAX_MEMBERSHIPS - made))
    .map((value) => claimed(answer, value));
  const gone = user.memberships.filter(
    ({ kind, teamId }) => kind === 'provider' && !wanted.some((each) => each.teamId === teamId),
  );
  const left = gone.reduce((changed, { teamId }) => withoutMembership(changed, teamId, nowEpoch), user);
  const mayJoin = left.dueInTeams.length <= MAX_DUE_IN_TEAMS;
  const joined = wanted
    .filter((membership) => {
      const before = membershipOf(left, membership.teamId);
      return (before || mayJoin) && !isSame(before, membership);
    })
    .reduce((changed, membership) => withMembership(changed, membership, nowEpoch), left);
  const lowered = wanted.filter(({ teamId, role }) => {
    const before = membershipOf(left, teamId);
    return before && hasRole(before.role, 'editor') && !hasRole(role, 'editor');
  });
  const teamIds = lowered.map(({ teamId }) => teamId);
  const followed = withDueInTeams(joined, teamIds, nowEpoch);
  return followed === user ? undefined : followed;
}

function claimed({ issuer, role }: { issuer: string; role: Role }, value: string): Membership {
  const teamId = deriveTeamId(issuer, value);
  return { teamId, role, kind: 'provider', name: shownName(value) ?? teamId };
}

function isSame(one: Membership | undefined, other: Membership): boolean {
  return one?.role === other.role && one.name === other.name;
}
