import { type AuditLog, audit } from '@cloudfront-cookie-gateway/auth/http/audit';
import { changeRecord } from '@cloudfront-cookie-gateway/auth/sessions/change-record';
import type { UserRecord } from '@cloudfront-cookie-gateway/auth/sessions/record';
import { withoutMembership } from '@cloudfront-cookie-gateway/auth/teams/starts';
import {
  membersOf,
  roleOf,
  type Team,
  withDeletion,
  withoutMember,
} from '@cloudfront-cookie-gateway/auth/teams/team';
import { changeMember } from '@cloudfront-cookie-gateway/auth/teams/teams';
import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { type TeamId, toTeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { UsageError } from './command-line.ts';
import type { SessionStores } from './stores.ts';

/** The teams that are read from the index at once. */
const PAGE_SIZE = 1_000;

/** A team that a user belongs to, or that the user's record does not say yet that the user has left. */
interface OwnTeam {
  teamId: TeamId;
  team: Team;
}

/** The teams of one user. */
export interface Belonging {
  made: OwnTeam[];
  /** Teams of the provider, and teams without an item. Only the user's record names them. */
  inRecord: TeamId[];
}

/**
 * The teams of a user, by the record and by the items that the record does not follow yet.
 * @throws GatewayError store_unavailable
 */
export async function teamsOf(stores: SessionStores, userId: UserId): Promise<Belonging> {
  const { user } = await stores.users.read(userId);
  const named = user.memberships.map(({ teamId }) => teamId);
  const due = new Set<string>();
  for (let isMore = true; isMore; ) {
    const page = await stores.due.toSettle(PAGE_SIZE, { isPassedOver: (key) => due.has(key) });
    for (const { key } of page) due.add(key);
    isMore = page.length > 0;
  }
  const teamIds = [...due].flatMap((key) => toTeamId(key.replace('team#', '')) ?? []);
  const made: OwnTeam[] = [];
  for (const teamId of new Set([...named, ...teamIds])) {
    const known = await stores.teams.read(teamId);
    if (known?.team.members.some((member) => member.userId === userId)) made.push({ teamId, ...known });
  }
  const inRecord = named.filter((teamId) => !made.some((each) => each.teamId === teamId));
  return { made, inRecord };
}

/** @throws UsageError if a team with other members would have no manager, naming all such teams */
export function requireOtherManagers(
  userId: UserId,
  { made }: Belonging,
  now: number,
  otherwise: string,
): void {
  const refused = made.filter(({ team }) => {
    try {
      withoutUser(team, userId, now);
      return false;
    } catch (error) {
      if (error instanceof GatewayError) return true;
      throw error;
    }
  });
  if (refused.length === 0) return;
  throw new UsageError(
    `${userId} is the last manager of ${refused.map(inWords).join(', ')}: ${otherwise}. First make another member manager: npm run gateway -- team <team id> --manager <user id>`,
  );
}

/**
 * Ends all memberships of a user. A team without other members is deleted: the service's schedule deletes its files. A
 * team that fails does not keep the others.
 * @returns what failed, in words
 */
export async function endMemberships(
  stores: SessionStores,
  userId: UserId,
  { made, inRecord }: Belonging,
  log: AuditLog,
): Promise<string[]> {
  const failures: string[] = [];
  const telling: Promise<unknown>[] = [];
  for (const { teamId } of made) {
    try {
      let isChange = false;
      const { team, edge } = await changeMember(stores, { teamId, userId }, (before) => {
        const after = withoutUser(before, userId, nowEpoch(stores));
        isChange = after !== undefined;
        return after;
      });
      telling.push(edge);
      const event = team.deleting ? 'team_deleted' : 'member_removed';
      if (isChange) audit(log, event, { team: teamId, member: userId });
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      failures.push(`team ${teamId}: ${error.code === 'store_unavailable' ? 'no answer' : error.message}`);
    }
  }
  if (inRecord.length > 0) {
    const change = (user: UserRecord) =>
      inRecord.reduce((left, teamId) => withoutMembership(left, teamId, nowEpoch(stores)), user);
    const left = await changeRecord(stores, userId, change);
    telling.push(stores.teller.tell(userId, left));
  }
  await Promise.all(telling);
  return failures;
}

/** @throws UsageError if the user has joined a team while the command ran */
export async function requireNoTeam(stores: SessionStores, userId: UserId, otherwise: string): Promise<void> {
  const { made, inRecord } = await teamsOf(stores, userId);
  if (made.length + inRecord.length === 0) return;
  throw new UsageError(`${userId} has joined a team meanwhile: ${otherwise}`);
}

/** What would end, as a sentence on a line of its own. Empty if the user has no team. */
export function endsInWords(userId: UserId, { made, inRecord }: Belonging): string {
  const own = made.filter(({ team }) => roleOf(team, userId));
  const alone = own.filter(({ team }) => isAlone(team, userId)).map(inWords);
  const others = own.filter(({ team }) => !isAlone(team, userId)).map(inWords);
  const left = [...others, ...inRecord];
  const leaves = left.length === 0 ? '' : `${userId} would leave ${left.join(', ')}.\n`;
  return alone.length === 0
    ? leaves
    : `${leaves}Nobody else belongs to ${alone.join(', ')}: all files there would be deleted too.\n`;
}

function inWords({ teamId, team: { name } }: OwnTeam): string {
  return `${teamId} (${name})`;
}

/**
 * The team without a user who leaves the service. If nobody else belongs to the team, it is deleted. Undefined if the
 * user does not belong to it.
 * @throws GatewayError last_manager; role_too_low if its only member is no manager
 */
function withoutUser(team: Team, userId: UserId, now: number): Team | undefined {
  if (!roleOf(team, userId)) return undefined;
  return isAlone(team, userId) ? withDeletion(team, userId, now) : withoutMember(team, userId, userId, now);
}

/** Whether nobody else belongs to the team. */
function isAlone(team: Team, userId: UserId): boolean {
  return membersOf(team).every((member) => member.userId === userId);
}
