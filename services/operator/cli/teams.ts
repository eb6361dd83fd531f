import { type AuditLog, audit } from '@cloudfront-cookie-gateway/auth/http/audit';
import { type Link, openLinks, withoutLink } from '@cloudfront-cookie-gateway/auth/links/link';
import { createTries } from '@cloudfront-cookie-gateway/auth/table/change';
import { changeTeam } from '@cloudfront-cookie-gateway/auth/teams/change-team';
import { membersOf, type Team, withRoleGiven } from '@cloudfront-cookie-gateway/auth/teams/team';
import { changeMember } from '@cloudfront-cookie-gateway/auth/teams/teams';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { type TeamId, teamOwner } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import {
  operandsOf,
  type Place,
  parseCommand,
  parseId,
  parseTeam,
  type Syntax,
  UsageError,
  usageError,
  withJoined,
} from './command-line.ts';
import { EDGE } from './sessions.ts';
import { answered, countFiles, openFileStore, openSessionStores, type SessionStores } from './stores.ts';

export const TEAMS: Syntax = {
  usage: 'teams',
  about: 'lists all teams, one line of JSON each',
  operands: [0, 0],
};

export const TEAM = {
  usage: 'team <team id> [--manager <user id> | --end-link <link id>|all]',
  about:
    'shows a team, its members and its open links, one line of JSON each; it makes a member manager, or ends links',
  options: { manager: { type: 'string' }, 'end-link': { type: 'string' } },
  operands: [1, 1],
} as const satisfies Syntax;

/**
 * All teams that have an item, except those whose deletion is done, with one line of JSON for each, page by page and in no order.
 * @throws UsageError at the end, naming the teams that could not be read
 */
export async function* teamsCommand(args: string[], place: Place): AsyncGenerator<string> {
  operandsOf(TEAMS, args);
  const stores = openSessionStores(place);
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
 * A team, and then its members and its open links, with one line of JSON for each. `untold` is the number of changes that
 * the edge does not know. With `--manager`, a member is made manager, for a team whose managers have gone. With
 * `--end-link`, a link or all links end, at the edge too.
 * @throws UsageError
 */
export async function teamCommand(args: string[], place: Place, auditLog: AuditLog): Promise<string> {
  const { values, operands } = parseCommand(TEAM, withJoined(args, '--end-link'));
  const { manager, 'end-link': ending } = values;
  if (manager !== undefined && ending !== undefined) throw usageError(TEAM);
  const teamId = parseTeam(operands[0] ?? '');
  const userId = manager === undefined ? undefined : parseId(manager);
  const stores = openSessionStores(place);
  if (userId !== undefined) return makeManager(stores, teamId, userId, auditLog);
  if (ending !== undefined) return endLinks(stores, teamId, ending, auditLog);
  const nothing = 'nothing is shown';
  const known = await answered(stores.teams.read(teamId), nothing);
  if (!known) throw noSuchTeam(teamId);
  const { team } = known;
  const space = await countFiles(openFileStore(place), teamOwner(teamId), nothing);
  const untold = team.changes - team.told;
  const links = openLinks(team, nowEpoch(stores)).map(shownLink);
  const lines = [{ ...summary(teamId, team), ...space, untold }, ...team.members.map(shownMember), ...links];
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

function shownLink({ hash: link, role, name, maker, createdAtEpoch, expiresAtEpoch, password }: Link) {
  return {
    ...{ link, role, ...defined({ name }), maker: maker.userId, hasPassword: password !== undefined },
    ...{ createdAt: iso(createdAtEpoch), expiresAt: iso(expiresAtEpoch) },
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

/** Ends one link, or `all`, wherever they are open. */
async function endLinks(
  stores: SessionStores,
  teamId: TeamId,
  id: string,
  auditLog: AuditLog,
): Promise<string> {
  let ended: Link[] = [];
  const end = (team: Team) => {
    const now = nowEpoch(stores);
    ended = openLinks(team, now).filter(({ hash }) => id === 'all' || hash === id);
    return ended.reduce<Team | undefined>(
      (left, { hash }) => withoutLink(left ?? team, hash, now),
      undefined,
    );
  };
  const ending = changeTeam(stores, { teamId }, end, createTries(stores.clock));
  const team = await answered(ending.catch(refused(teamId)), 'no link has ended');
  if (ended.length === 0) {
    throw new UsageError(`${teamId} has no such open link: npm run gateway -- team ${teamId} lists them`);
  }
  for (const { hash: link } of ended) audit(auditLog, 'link_ended', { team: teamId, link });
  const edge = EDGE[await stores.teller.tellTeam(teamId, team)];
  return `${teamId}: ${ended.length} link${ended.length === 1 ? ' has' : 's have'} ended, ${edge}`;
}

/** The words for whoever typed the command, instead of those for a member. */
function refused(teamId: TeamId, userId?: UserId) {
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
