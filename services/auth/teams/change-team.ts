import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { requireSession } from '../sessions/live.ts';
import type { KnownUser } from '../sessions/record.ts';
import type { Session } from '../sessions/session.ts';
import { changeVersioned, createTries } from '../table/change.ts';
import type { Clock } from '../table/clock.ts';
import type { Stores } from '../table/stores.ts';
import { membershipOf, requireMembership } from './membership.ts';
import { type KnownTeam, providerTeam, requireRole, type Team } from './team.ts';

/** A person who changes something: the id, and the record as the guard of the request read it. */
interface Person {
  userId: UserId;
  known: Pick<KnownUser, 'user'>;
}

/**
 * Applies a change for somebody who belongs to the team. The item of a team of the provider is made with the first
 * change.
 * @throws GatewayError as `changeTeam`
 */
export function changeOwnTeam(
  deps: { teams: Stores['teams']; clock: Clock },
  { known }: Person,
  teamId: TeamId,
  change: TeamChange,
): Promise<Team> {
  const membership = membershipOf(known.user, teamId);
  const absent =
    membership?.kind === 'provider' ? providerTeam(membership.name ?? teamId, nowEpoch(deps)) : undefined;
  return changeTeam(deps, { teamId, absent }, change);
}

/**
 * The same if the person is an editor still. The item of a team that people made says so. The item of a team of the
 * provider has no members.
 * @throws GatewayError no_such_team, role_too_low, and as `changeTeam`
 */
export function changeAsEditor(
  deps: { teams: Stores['teams']; clock: Clock },
  person: Person,
  teamId: TeamId,
  change: TeamChange,
): Promise<Team> {
  return changeOwnTeam(deps, person, teamId, (team) => {
    if (team.kind === 'made') requireRole(team, person.userId, 'editor');
    return change(team);
  });
}

/**
 * Reads the user's record after a share or a link was written to the team's item. A sign-out, or for a team of the
 * provider the end of the membership, that came before this read is seen here. One that comes later finds in the item
 * what was written.
 * @throws GatewayError no_session, no_such_team, role_too_low
 */
export async function requireEditor(
  deps: { users: Pick<Stores['users'], 'read'>; clock: Clock },
  { userId, session }: { userId: UserId; session: Pick<Session, 'tokenHash'> },
  teamId: TeamId,
): Promise<void> {
  const { user } = await deps.users.read(userId);
  requireSession(user, session.tokenHash, nowEpoch(deps));
  requireMembership(user, teamId, 'editor');
}

/** A change of a team's item. Undefined means that nothing has to change. It is called again with a newer item. */
export type TeamChange = (team: Team) => Team | undefined;

/**
 * Applies a change to the newest item by one conditional write. If somebody else wrote first, it is applied again.
 * @param item.from the item as it was already read; it saves a read if nobody has written since
 * @param item.absent what is changed if there is no item
 * @returns the item after this change
 * @throws GatewayError no_such_team if there is no item and nothing in its place; store_unavailable, and every error of
 *   the change
 */
export function changeTeam(
  { teams, clock }: { teams: Stores['teams']; clock: Clock },
  { teamId, from, absent }: { teamId: TeamId; from?: KnownTeam; absent?: Team | undefined },
  change: TeamChange,
  tries = createTries(clock),
): Promise<Team> {
  const versioned = ({ team, version }: KnownTeam) => ({ value: team, version });
  const place = {
    async read() {
      const known = (await teams.read(teamId)) ?? (absent && { team: absent, version: 0 });
      if (!known) throw new GatewayError('no_such_team');
      return versioned(known);
    },
    write: (version: number, team: Team) => teams.write(teamId, version, team),
    from: from && versioned(from),
  };
  return changeVersioned(place, change, tries);
}
