import { deriveTeamId } from '@cloudfront-cookie-gateway/core/owner';
import { MAX_MEMBERSHIPS, type Membership, type Role } from './membership.ts';
import { shownName } from './team.ts';
import { membershipOf, withMembership, withoutMembership } from './team-starts.ts';
import type { UserRecord } from './user-record.ts';

/** Longer values are no names of groups, and would fill the records. */
const MAX_VALUE_LENGTH = 1_024;

/**
 * The values of the claim that names a user's teams (`TEAM_CLAIM`), sorted, at most `MAX_MEMBERSHIPS`.
 * @param sources the ID token's claims, and those of the userinfo endpoint, empty if it did not answer
 * @returns undefined if the provider did not answer: the claim is missing, or is only named as one that is kept elsewhere
 *   (OpenID Connect Core 1.0, section 5.6.2)
 */
export function claimedTeams(claim: string, sources: Record<string, unknown>[]): string[] | undefined {
  if (sources.some((claims) => isElsewhere(claims['_claim_names'], claim))) return undefined;
  const held = sources.find((claims) => claims[claim] !== undefined && claims[claim] !== null)?.[claim];
  if (held === undefined) return undefined;
  const values = (Array.isArray(held) ? held : [held]).filter(isUsable);
  return [...new Set(values)].toSorted().slice(0, MAX_MEMBERSHIPS);
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
 * The record with the memberships of the provider's teams that the claim's values say, and no others of that kind. Teams
 * that people made stay, and take their places first. Undefined if it says so already.
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
    .map((value) => claimed(answer.issuer, value, answer.role));
  const gone = user.memberships.filter(
    ({ kind, teamId }) => kind === 'provider' && !wanted.some((each) => each.teamId === teamId),
  );
  const left = gone.reduce((changed, { teamId }) => withoutMembership(changed, teamId, nowEpoch), user);
  const joined = wanted
    .filter((membership) => !isSame(membershipOf(left, membership.teamId), membership))
    .reduce((changed, membership) => withMembership(changed, membership, nowEpoch), left);
  return joined === user ? undefined : joined;
}

function claimed(issuer: string, value: string, role: Role): Membership {
  const teamId = deriveTeamId(issuer, value);
  return { teamId, role, kind: 'provider', name: shownName(value) ?? teamId };
}

function isSame(one: Membership | undefined, other: Membership): boolean {
  return one?.role === other.role && one.name === other.name;
}
