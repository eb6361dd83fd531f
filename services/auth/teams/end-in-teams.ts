import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { changeRecord } from '../sessions/change-record.ts';
import type { DueInTeam, UserRecord } from '../sessions/record.ts';
import type { Clock } from '../table/clock.ts';
import type { Stores } from '../table/stores.ts';
import { changeTeam } from './change-team.ts';
import { withEndedInTeams } from './due.ts';
import { type Team, withMadeEnded } from './team.ts';

export interface EndedInTeams {
  /** The record, which names no team any more in which all has ended. */
  user: UserRecord;
  /** The items of the teams, of whose shares and links the edge is to be told. */
  teams: Map<TeamId, Team>;
  /** What failed for single teams. They stay due. */
  failures: unknown[];
}

/**
 * Ends the shares, links and invitations that a user has made in teams, as the user's record says (`dueInTeams`). It is
 * the second step of "sign out everywhere", and of the end of a membership in a team of the provider. The record is read
 * before the items, so an item that is read here has all that was made before the first step. The record forgets a team
 * after the item is written. Calling this again is harmless.
 * @throws GatewayError store_unavailable if the record cannot be read or written
 */
export async function endInTeams(
  deps: Pick<Stores, 'users' | 'teams'> & { clock: Clock },
  userId: UserId,
): Promise<EndedInTeams> {
  const { user } = await deps.users.read(userId);
  const teams = new Map<TeamId, Team>();
  const ended: DueInTeam[] = [];
  const failures: unknown[] = [];
  const endings = user.dueInTeams.map(async (due) => {
    try {
      const team = await endIn(deps, userId, due);
      if (team) teams.set(due.teamId, team);
      ended.push(due);
    } catch (error) {
      failures.push(error);
    }
  });
  await Promise.all(endings);
  const change = (known: UserRecord) => withEndedInTeams(known, ended);
  const after = ended.length === 0 ? user : await changeRecord(deps, userId, change);
  return { user: after, teams, failures };
}

/** @returns undefined if the team has no item, so nobody has made anything there */
async function endIn(
  deps: Pick<Stores, 'teams'> & { clock: Clock },
  userId: UserId,
  { teamId, through }: DueInTeam,
): Promise<Team | undefined> {
  const from = await deps.teams.read(teamId);
  if (!from) return undefined;
  const change = (team: Team) => withMadeEnded(team, { userId, through }, nowEpoch(deps));
  return changeTeam(deps, { teamId, from }, change);
}
