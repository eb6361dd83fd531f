import { membersOf, type Team, withRoleGiven } from '@cloudfront-cookie-gateway/auth/domain/team';
import { type AuditLog, audit } from '@cloudfront-cookie-gateway/auth/http/audit';
import { changeMember } from '@cloudfront-cookie-gateway/auth/teams/teams';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { type TeamId, teamOwner } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import {
  type Environment,
  operandsOf,
  parseCommand,
  parseId,
  parseTeam,
  type Syntax,
  UsageError,
} from './command-line.ts';
import { answered, countFiles, openFileStore, openSessionStores, type SessionStores } from './stores.ts';

export const TEAMS: Syntax = {
  usage: 'teams',
  about: 'lists all teams, one line of JSON each',
  operands: [0, 0],
};

export const TEAM = {
  usage: 'team <team id> [--manager <user id>]',
  about: 'shows a team and its members, one line of JSON each; with --manager it makes a member manager',
  options: { manager: { type: 'string' } },
  operands: [1, 1],
} as const satisfies Syntax;

/**
 * All teams that have an item, except those whose deletion is done, with one line of JSON for each, page by page and in no order.
 * @throws UsageError at the end, naming the teams that could not be read
 */
export async function* teamsCommand(
  args: string[],
  env: Environment,
  localDirectory: string,
): AsyncGenerator<string> {
  operandsOf(TEAMS, args);
  const stores = openSessionStores(env, localDirectory);
  const pages = stores.teamIds();
  const unread: TeamId[] = [];
  const next = () => answered(pages.next(), 'some teams are not listed');
  for (let page = await next(); !page.done; page = await next()) {
    for (const teamId of page.value) {
      const known = await stores.teams.read(teamId).catch(() => 'unread' as const);
      if (known === 'unread') unread.push(teamId);
      // Of a deleted team nothing is left but its id.
      else if (known && !known.team.deleting?.doneEpoch) yield JSON.stringify(summary(teamId, known.team));
    }
  }
  if (unread.length > 0) throw new UsageError(`these teams could not be read: ${unread.join(', ')}`);
}

function summary(id: TeamId, team: Team) {
  const { name, kind, deleting } = team;
  return { id, name, kind, members: membersOf(team).length, deleting: deleting !== undefined };
}

/**
 * A team, and then its members, with one line of JSON for each. `untold` is the number of changes that the edge does not
 * know. With `--manager`, a member is made manager, for a team whose managers have gone.
 * @throws UsageError
 */
export async function teamCommand(
  args: string[],
  env: Environment,
  localDirectory: string,
  auditLog: AuditLog,
): Promise<string> {
  const { values, operands } = parseCommand(TEAM, args);
  const teamId = parseTeam(operands[0] ?? '');
  const userId = values.manager === undefined ? undefined : parseId(values.manager);
  const stores = openSessionStores(env, localDirectory);
  if (userId !== undefined) return makeManager(stores, teamId, userId, auditLog);
  const nothing = 'nothing is shown';
  const known = await answered(stores.teams.read(teamId), nothing);
  if (!known) throw noSuchTeam(teamId);
  const { team } = known;
  const space = await countFiles(openFileStore(env, localDirectory), teamOwner(teamId), nothing);
  const untold = team.changes - team.told;
  const lines = [{ ...summary(teamId, team), ...space, untold }, ...team.members.map(shownMember)];
  return lines.map((line) => JSON.stringify(line)).join('\n');
}

/** A member who was removed, and whose record does not say so yet, has no role. */
function shownMember({ userId, name, role, joinedAtEpoch, dueSinceEpoch }: Team['members'][number]) {
  return {
    userId,
    ...defined({ name, role }),
    joinedAt: iso(joinedAtEpoch),
    ...defined({ dueSince: dueSinceEpoch === undefined ? undefined : iso(dueSinceEpoch) }),
  };
}

function iso(epochSeconds: number): string {
  return new Date(epochSeconds * 1_000).toISOString();
}

async function makeManager(
  stores: SessionStores,
  teamId: TeamId,
  userId: UserId,
  auditLog: AuditLog,
): Promise<string> {
  let isChange = false;
  const made = changeMember(stores, { teamId, userId }, (team) => {
    if (team.kind === 'provider') throw new GatewayError('managed_by_provider');
    const changed = withRoleGiven(team, { userId, role: 'manager' }, nowEpoch(stores));
    isChange = changed !== undefined;
    return changed;
  });
  const { team } = await answered(made.catch(refused(teamId, userId)), 'run it again');
  // Whoever was a manager before is only settled.
  if (isChange) audit(auditLog, 'role_changed', { team: teamId, member: userId, role: 'manager' });
  return `${userId} is ${isChange ? 'now ' : ''}a manager of ${teamId} (${team.name})`;
}

/** The words for whoever typed the command, instead of those for a member. */
function refused(teamId: TeamId, userId: UserId) {
  return (error: unknown): never => {
    const code = error instanceof GatewayError ? error.code : undefined;
    if (code === 'no_such_team') throw noSuchTeam(teamId);
    if (code === 'managed_by_provider') {
      throw new UsageError(`the provider says who belongs to ${teamId}, and it has no managers`);
    }
    if (code === 'no_such_member') {
      throw new UsageError(
        `${userId} is no member of ${teamId}: npm run gateway -- team ${teamId} lists them`,
      );
    }
    throw error;
  };
}

function noSuchTeam(teamId: TeamId): UsageError {
  return new UsageError(`there is no team ${teamId}: npm run gateway -- teams lists all that have an item`);
}
