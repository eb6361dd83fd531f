import { randomBytes } from 'node:crypto';
import { isTeamId } from './canonical-path.ts';
import { base32Of, hashedId, type UserId } from './user-id.ts';

declare const teamIdBrand: unique symbol;
/** A team's id: 26 characters of `[a-z2-7]`. */
export type TeamId = string & { readonly [teamIdBrand]: true };

/** Whose folder it is. A user may have an id that looks like a team's, so the kind is always named. */
export type Owner = { kind: 'user'; id: UserId } | { kind: 'team'; id: TeamId };

/** @throws TypeError, also if the value is not a string */
export function parseTeamId(rawId: string): TeamId {
  if (typeof rawId !== 'string' || !isTeamId(rawId)) throw new TypeError('a team id is 26 of a-z and 2-7');
  return rawId as TeamId;
}

/** Undefined for a text that is no id. */
export function toTeamId(rawId: string): TeamId | undefined {
  return isTeamId(rawId) ? parseTeamId(rawId) : undefined;
}

/** The id of a new team: 130 random bits. */
export function newTeamId(): TeamId {
  return parseTeamId(base32Of(randomBytes(17)));
}

/**
 * The id of a team of the provider: base32 (RFC 4648, lower case) of the first 130 bits of SHA-256 over `team`, NUL,
 * issuer, NUL and the claim's value.
 * @throws TypeError if one of the two is empty, or holds a NUL or half of a surrogate pair
 */
export function deriveTeamId(issuer: string, value: string): TeamId {
  return parseTeamId(hashedId({ kind: 'team', issuer, value }));
}

export function userOwner(id: UserId): Owner {
  return { kind: 'user', id };
}

export function teamOwner(id: TeamId): Owner {
  return { kind: 'team', id };
}
