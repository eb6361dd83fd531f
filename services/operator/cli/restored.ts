import { withUnknownSharesRevoked } from '@cloudfront-cookie-gateway/auth/edge/entry';
import type { EdgeTeller } from '@cloudfront-cookie-gateway/auth/edge/teller';
import { type AuditLog, audit } from '@cloudfront-cookie-gateway/auth/http/audit';
import { changeRecord } from '@cloudfront-cookie-gateway/auth/sessions/change-record';
import { withNothingTrusted } from '@cloudfront-cookie-gateway/auth/sessions/live';
import type { Revocations, UserRecord } from '@cloudfront-cookie-gateway/auth/sessions/record';
import { changeTeam } from '@cloudfront-cookie-gateway/auth/teams/change-team';
import { type Settled, settleDue } from '@cloudfront-cookie-gateway/auth/teams/settle';
import { emptied, type Team } from '@cloudfront-cookie-gateway/auth/teams/team';
import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';
import { MARGIN_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { type Place, parseCommand, type Syntax, UsageError } from './command-line.ts';
import { answered, collected, openSessionStores, type SessionStores } from './stores.ts';

export const RESTORED = {
  usage: 'restored [--keep-members]',
  about:
    'ends every session, share, link, invitation, and membership but a manager’s, for a table that was restored from a backup',
  options: { 'keep-members': { type: 'boolean', default: false } },
  operands: [0, 0],
} as const satisfies Syntax;

const AT_ONCE = 20;
/** The most users or teams that the message of a failure names. */
const MOST_NAMED = 20;
/**
 * The most bytes that the entries may take in the edge's store. The store takes 5 MB, and today's logouts need room.
 */
const MAX_STORE_BYTES = 4_000_000;
/** The bytes of the longest user id and of two floors, and those of a user's number in teams and of its floor. */
const USER_BYTES = 64 + 24 + 22;
/**
 * The numbers of team starts that were given since the backup are not in this table, and their cookies may still open
 * files. A deployment has 1.5 million numbers. One that takes more than this in a month has none left after four years.
 */
const SKIPPED_NUMBERS = 30_000;
/** The bytes of a team's id with `.shares`, and of its floor. */
const TEAM_BYTES = 33 + 13;

/**
 * Run this on a table that was restored from a backup, before it gets traffic. Every session, share, link and invitation
 * ends, and so do the memberships of teams that people made, except those of managers. The floors cover everything that was
 * given since the backup, and nobody gets a number of team starts that somebody may have got since then. Calling it again is harmless.
 * @throws UsageError if some sessions may live, or the edge could not be told
 */
export async function restoredCommand(args: string[], place: Place, auditLog: AuditLog): Promise<string> {
  const keepsMembers = parseCommand(RESTORED, args).values['keep-members'];
  const stores = openSessionStores(place);
  const { edge, teller, clock } = stores;
  const unfinished = 'some sessions may live; run it again';
  const userIds = await answered(collected(stores.userIds()), unfinished);
  const teamIds = await answered(collected(stores.teamIds()), unfinished);
  await answered(stores.numbers.skip(SKIPPED_NUMBERS), unfinished);
  const store = await edge.describe().catch(() => undefined);
  const bytes = userIds.length * USER_BYTES + teamIds.length * TEAM_BYTES;
  const isTooSmall = store !== undefined && store.bytes + bytes > MAX_STORE_BYTES;
  const tellsEdge = store !== undefined && !isTooSmall;
  // One record that cannot be read must not keep the others' sessions alive.
  const failed = {
    users: await failures(userIds, (userId) => endUser(stores, userId, tellsEdge)),
    teams: await failures(teamIds, (teamId) => endTeam(stores, teamId, { keepsMembers, tellsEdge })),
  };
  audit(auditLog, 'restored', {});
  const isTold = tellsEdge && (await drains(teller));
  // Somebody may sign in right after this command. The sign-in needs a start above the floors, which exists a second
  // later.
  await clock.sleep(1_000);
  const edgeKnows = isTold ? 'at the edge too' : 'but the edge does not know';
  const faults = [
    ...fault(failed.users, userIds, 'users could not be changed, and their sessions may live'),
    ...fault(failed.teams, teamIds, 'teams could not be changed, and their members and shares may stay'),
  ];
  if (faults.length > 0) {
    throw new UsageError(
      `${faults.join(' ')} Run it again; a record of a newer version needs that version. Everybody else’s sessions and shares have ended, ${edgeKnows}.`,
    );
  }
  // Another run does not make room in the edge's store.
  if (!isTold && !isTooSmall) {
    throw new UsageError(
      `every session and every share has ended, ${edgeKnows}, and copied cookies and links may open files. Run it again.`,
    );
  }
  return `${userIds.length} users are in this table. Every session and every share has ended, ${edgeKnows}.
${teamsInWords(teamIds.length, keepsMembers)}Now replace the signing key, before you let anybody in. This table does not know people who signed in for the first
time after the backup, and their cookies and links open files until the key is replaced.
docs/deploy.md, "A leaked key", has the steps.`;
}

async function endUser(stores: SessionStores, userId: UserId, tellsEdge: boolean): Promise<void> {
  let ended: string[] = [];
  const change = (before: UserRecord) => {
    ended = before.sessions.map(({ id }) => id);
    const after = withNothingTrusted(before, nowEpoch(stores));
    return tellsEdge ? after : asTold(before, after);
  };
  await changeRecord(stores, userId, change);
  // The tokens open nothing. If this fails, the table forgets them when the session would have expired.
  await Promise.allSettled(ended.map((id) => stores.tokens.delete(id)));
}

/** @throws the first failure of a member's record */
async function endTeam(
  stores: SessionStores,
  teamId: TeamId,
  to: { keepsMembers: boolean; tellsEdge: boolean },
): Promise<void> {
  const change = (team: Team) => {
    const after = restoredTeam(team, to.keepsMembers, nowEpoch(stores));
    return to.tellsEdge ? after : asTold(team, after);
  };
  await changeTeam(stores, { teamId }, change);
  let settled: Settled;
  do settled = await settleDue(stores, teamId);
  while (settled.users.size);
  const [failure] = settled.failures;
  if (failure) throw failure;
}

/**
 * A team of a restored table without invitations, shares and links. The floors cover the share numbers and the starts of
 * links that were given since the backup. Each of these numbers is far below the floor.
 * @param keepsMembers if not, the managers alone stay
 */
function restoredTeam(team: Team, keepsMembers: boolean, now: number): Team {
  const lastShare = Math.max(team.lastShare, now - MARGIN_SECONDS);
  const ended = withUnknownSharesRevoked({ ...team, lastShare }, now);
  return emptied(ended, now, ({ role }) => keepsMembers || role === 'manager');
}

/** Does the work for all, some at a time. @returns those for whom it failed */
async function failures<I>(ids: I[], work: (id: I) => Promise<void>): Promise<I[]> {
  const failed: I[] = [];
  const left = [...ids];
  while (left.length) {
    const batch = left.splice(0, AT_ONCE);
    const ends = await Promise.allSettled(batch.map(work));
    failed.push(...batch.filter((_id, index) => ends[index]?.status === 'rejected'));
  }
  return failed;
}

function fault(failed: string[], all: string[], what: string): string[] {
  return failed.length === 0 ? [] : [`${failed.length} of ${all.length} ${what}: ${firstOf(failed)}.`];
}

/** A line of its own. Empty if there are no teams. */
function teamsInWords(teams: number, keepsMembers: boolean): string {
  if (teams === 0) return '';
  const members = keepsMembers
    ? 'All their members stay, even those who were removed since the backup.'
    : 'Only their managers stay, even those who were removed since the backup: npm run gateway -- teams lists the teams.';
  return `${teams} teams are in this table. Every share, link and invitation there has ended. ${members}\n`;
}

/** Tells the edge of everything. @returns whether it knows everything now */
async function drains(teller: EdgeTeller): Promise<boolean> {
  return await teller.drain(Number.POSITIVE_INFINITY).then(
    () => teller.failures.count() === 0,
    () => false,
  );
}

function firstOf(ids: string[]): string {
  return `${ids.slice(0, MOST_NAMED).join(', ')}${ids.length > MOST_NAMED ? ', …' : ''}`;
}

/**
 * Keeps what the edge has been told. Entries for all users would fill the edge's store, and there would be no room for
 * today's logouts.
 */
function asTold<T extends Revocations>(before: T, after: T): T {
  const { changes, lastOwnChange, pendingSinceEpoch } = before;
  const teamKeys = after.teamKeys.map((key) => ({ ...key, lastChange: Math.min(key.lastChange, changes) }));
  return { ...after, changes, teamKeys, lastOwnChange, pendingSinceEpoch };
}
