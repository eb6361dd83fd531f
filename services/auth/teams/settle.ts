import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { type DueWorkDeps, doAllDue } from '../edge/due-work.ts';
import { isSignedOut } from '../edge/entry.ts';
import type { KnownUser, UserRecord } from '../sessions/record.ts';
import { createTries, type Tries } from '../table/change.ts';
import type { Clock } from '../table/clock.ts';
import { ownerOfItem } from '../table/item-key.ts';
import type { Stores } from '../table/stores.ts';
import { endInTeams } from './end-in-teams.ts';
import { MAX_MEMBERSHIPS, membershipOf } from './membership.ts';
import { withMembership, withoutMembership } from './starts.ts';
import { type KnownTeam, type Member, withRefused, withSettled } from './team.ts';

/**
 * A team's item says who belongs, and each member's record says what may be signed and what the edge must know. Every
 * change of who belongs is written to the item first, and marks the members as due. `settle` is the only second step:
 * a request takes it before it answers, and the schedule takes it for whatever a crash has left.
 */

/** The most records that are read and written at once. */
const MAX_BATCH = 50;

export type SettleDeps = Pick<Stores, 'users' | 'teams'> & { clock: Clock };

export interface Settled {
  /** The records of the users who were settled. */
  users: Map<UserId, UserRecord>;
  /** Users whose records had no room for one more team, or who had signed out. They belong to the team no longer. */
  refused: Set<UserId>;
  /** What failed for single users. They stay due. */
  failures: unknown[];
}

/**
 * Writes users' records to what a team's item says of them, until none of these users is due.
 * @throws GatewayError store_unavailable if the item cannot be read or written, or there are too many conflicts. The
 *   schedule does what is left
 */
export async function settle(
  deps: SettleDeps,
  teamId: TeamId,
  userIds: readonly UserId[],
  tries: Tries,
): Promise<Settled> {
  const settled: Settled = { users: new Map(), refused: new Set(), failures: [] };
  let left = await settleOnce(deps, teamId, userIds, settled);
  while (left.length > 0) {
    await tries.again();
    left = await settleOnce(deps, teamId, left, settled);
  }
  return settled;
}

/**
 * Settles the members of a team who are due, as many as one write of the item may note.
 * @throws GatewayError as `settle` does
 */
export async function settleDue(deps: SettleDeps, teamId: TeamId): Promise<Settled> {
  const known = await deps.teams.read(teamId);
  const due = (known?.team.members ?? []).filter(({ dueSinceEpoch }) => dueSinceEpoch !== undefined);
  const userIds = due.slice(0, MAX_BATCH).map(({ userId }) => userId);
  return settle(deps, teamId, userIds, createTries(deps.clock));
}

/**
 * The records are read before the item. So a record that was written meanwhile, by an older or a newer item, makes the
 * write here fail. The item forgets that the users are due only on the version that was read.
 * @returns the users to try again, because somebody else wrote first
 */
async function settleOnce(
  deps: SettleDeps,
  teamId: TeamId,
  userIds: readonly UserId[],
  settled: Settled,
): Promise<UserId[]> {
  const records = await forEach(settled, userIds, (userId) => deps.users.read(userId));
  const known = await deps.teams.read(teamId);
  const due = (known?.team.members ?? []).filter(
    ({ userId, dueSinceEpoch }) => records.has(userId) && dueSinceEpoch !== undefined,
  );
  const dueIds = due.map(({ userId }) => userId);
  // Another process has settled the others. It may have written their records after they were read here.
  const others = [...records.keys()].filter((userId) => !dueIds.includes(userId));
  for (const [userId, { user }] of await forEach(settled, others, (userId) => deps.users.read(userId))) {
    settled.users.set(userId, user);
  }
  if (!known) return [];
  const written = await forEach(settled, dueIds, async (userId) => {
    const [record, member] = [records.get(userId), due.find((each) => each.userId === userId)];
    return record && member && writeRecord(deps, { teamId, known, member }, record);
  });
  return noteWritten(deps, { teamId, known }, written, settled);
}

interface Place {
  teamId: TeamId;
  known: KnownTeam;
}

/** @returns the record as it was written; undefined if somebody else wrote first */
async function writeRecord(
  deps: SettleDeps,
  { teamId, known, member }: Place & { member: Member },
  { user, version }: KnownUser,
): Promise<UserRecord | 'refused' | undefined> {
  const { role, userId } = member;
  const isNew = role !== undefined && membershipOf(user, teamId) === undefined;
  if (isNew && (user.memberships.length >= MAX_MEMBERSHIPS || hasGone(user, member))) return 'refused';
  const changed = role
    ? withMembership(user, { teamId, role, kind: known.team.kind }, nowEpoch(deps))
    : withoutMembership(user, teamId, nowEpoch(deps));
  // The version is raised even if nothing changes. A process that read an older item can write nothing then.
  return (await deps.users.write(userId, version, { ...changed })) ? changed : undefined;
}

/** Whether the user has signed out everywhere since. */
function hasGone(user: UserRecord, { sessionStart }: Member): boolean {
  return sessionStart !== undefined && isSignedOut(user, sessionStart);
}

/** Writes to the item whose records follow it now. Whoever was refused is removed, and is due for that. */
async function noteWritten(
  { teams, clock }: SettleDeps,
  { teamId, known }: Place,
  written: ReadonlyMap<UserId, UserRecord | 'refused' | undefined>,
  settled: Settled,
): Promise<UserId[]> {
  const followed = [...written].flatMap(([userId, record]) =>
    record === undefined || record === 'refused' ? [] : [[userId, record] as const],
  );
  const refused = [...written].flatMap(([userId, record]) => (record === 'refused' ? [userId] : []));
  const again = [...written.keys()];
  if (followed.length + refused.length === 0) return again;
  const team = refused.reduce(
    (changed, userId) => withRefused(changed, userId, nowEpoch({ clock })),
    withSettled(
      known.team,
      followed.map(([userId]) => userId),
    ),
  );
  if (!(await teams.write(teamId, known.version, team))) return again;
  for (const [userId, user] of followed) settled.users.set(userId, user);
  for (const userId of refused) settled.refused.add(userId);
  return again.filter((userId) => !settled.users.has(userId));
}

/** Does the work for each user at once. One that fails does not keep the others. */
async function forEach<T>(
  { failures }: Settled,
  userIds: readonly UserId[],
  work: (userId: UserId) => Promise<T>,
): Promise<Map<UserId, T>> {
  const done = new Map<UserId, T>();
  const works = userIds.map(async (userId) => {
    try {
      done.set(userId, await work(userId));
    } catch (error) {
      failures.push(error);
    }
  });
  await Promise.all(works);
  return done;
}

/**
 * What the schedule does for teams: the second steps that requests have left, because they failed, crashed or froze.
 * There are two. A member's record follows the team's item (`settle.ts`). And what a user made in teams ends in the
 * teams' items (`end-in-teams.ts`).
 */

/** Each of them may need a batch of 50 items. */
const AT_ONCE = 5;

type DueDeps = SettleDeps & DueWorkDeps;

/**
 * Does all second steps that are due. What fails for one team or user is due again later, and the others go on.
 * @param budgetMs nothing further begins later than this
 * @throws GatewayError store_unavailable if the table does not say what is due
 */
export async function settleDueTeams(deps: DueDeps, budgetMs: number): Promise<void> {
  await Promise.all([
    doAllDue(deps, budgetMs, {
      ...{ kind: 'members', step: 'settle', atOnce: AT_ONCE, list: deps.due.toSettle },
      async attempt(key) {
        const owner = ownerOfItem(key);
        if (owner?.kind !== 'team') return true;
        const { users, failures } = await settleDue(deps, owner.id);
        if (failures.length > 0) throw failures[0];
        return users.size === 0;
      },
    }),
    endDueInTeams(deps, budgetMs),
  ]);
}

/**
 * The second of the two steps: ends what users made in teams.
 * @param budgetMs nothing further begins later than this
 * @returns for how many users it has ended something
 * @throws GatewayError store_unavailable if the table does not say what is due
 */
export function endDueInTeams(deps: DueDeps, budgetMs: number): Promise<number> {
  return doAllDue(deps, budgetMs, {
    ...{ kind: 'inTeams', step: 'made', atOnce: AT_ONCE },
    async attempt(key) {
      const owner = ownerOfItem(key);
      if (owner?.kind !== 'user') return true;
      const { user, failures } = await endInTeams(deps, owner.id);
      if (failures.length > 0) throw failures[0];
      return user.dueInTeams.length === 0;
    },
  });
}
