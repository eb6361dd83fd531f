import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { DueInTeam, UserRecord } from '../sessions/record.ts';

/**
 * A user joins no further team of the provider while more teams are due. A user who signs in with other values of the
 * claim each time would make the record larger than an item of the table, if the schedule did not run. Leaving is never
 * refused, so 50 more may be due.
 */
export const MAX_DUE_IN_TEAMS = 200;

/**
 * The record after something that ends the shares, links and invitations that the user has made in these teams. They are
 * in the teams' items, and `end-in-teams.ts` ends them there. What sessions make that begin later stays.
 */
export function withDueInTeams(user: UserRecord, teamIds: readonly TeamId[], nowEpoch: number): UserRecord {
  if (teamIds.length === 0) return user;
  const before = user.dueInTeams.filter(({ teamId }) => !teamIds.includes(teamId));
  const noted = teamIds.map((teamId) => {
    const sinceEpoch = user.dueInTeams.find((due) => due.teamId === teamId)?.sinceEpoch ?? nowEpoch;
    return { teamId, through: user.lastStart, sinceEpoch };
  });
  return { ...user, dueInTeams: [...before, ...noted] };
}

/** The record after the user has left a team whose item has ended all that the user made there. */
export function withNothingDueIn(user: UserRecord, teamId: TeamId): UserRecord {
  const dueInTeams = user.dueInTeams.filter((due) => due.teamId !== teamId);
  return dueInTeams.length === user.dueInTeams.length ? user : { ...user, dueInTeams };
}

/** The record after the teams' items were changed. What was noted again meanwhile stays due. Undefined if all of it does. */
export function withEndedInTeams(user: UserRecord, ended: readonly DueInTeam[]): UserRecord | undefined {
  const dueInTeams = user.dueInTeams.filter(
    ({ teamId, through }) => !ended.some((done) => done.teamId === teamId && done.through >= through),
  );
  return dueInTeams.length === user.dueInTeams.length ? undefined : { ...user, dueInTeams };
}

/** Since when something is to end in teams. Undefined if nothing is. */
export function dueInTeamsSinceEpoch({ dueInTeams }: UserRecord): number | undefined {
  return dueInTeams.length === 0 ? undefined : Math.min(...dueInTeams.map(({ sinceEpoch }) => sinceEpoch));
}
