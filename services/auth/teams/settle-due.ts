/**
 * What the schedule does for teams: the second steps that requests have left, because they failed, crashed or froze.
 * There are two. A member's record follows the team's item (`settle.ts`). And what a user made in teams ends in the
 * teams' items (`records/end-in-teams.ts`).
 */
import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { DueStore } from '../domain/ports.ts';
import { endInTeams } from '../records/end-in-teams.ts';
import type { EdgeTeller } from '../revocations/edge-teller.ts';
import type { Step } from '../revocations/set-aside.ts';
import { type SettleDeps, settleDue } from './settle.ts';

/** Each of them may need a batch of 50 items. */
const AT_ONCE = 5;

interface DueDeps extends SettleDeps {
  due: Pick<DueStore, 'inTeams'>;
  teller: Pick<EdgeTeller, 'setAside'>;
}

/** One kind of second step. */
interface SecondStep<Id extends string> {
  step: Step;
  /** The name of this work for one id. The edge's key of the same id is another item. */
  nameOf(id: Id): string;
  list(limit: number, isPassedOver: (id: Id) => boolean): Promise<Id[]>;
  /**
   * @returns whether this run has nothing more to do for the id
   * @throws what failed
   */
  attempt(id: Id): Promise<boolean>;
}

/**
 * Does all second steps that are due. What fails for one team or user is set aside, and the others go on.
 * @param budgetMs nothing further begins later than this
 * @throws GatewayError store_unavailable if the table does not say what is due
 */
export async function settleDueTeams(deps: DueDeps, budgetMs: number): Promise<void> {
  await Promise.all([
    doAll<TeamId>(deps, budgetMs, {
      step: 'settle',
      nameOf: (teamId) => `${teamId}.members`,
      list: (limit, isPassedOver) => deps.teams.due(limit, isPassedOver),
      async attempt(teamId) {
        const { users, failures } = await settleDue(deps, teamId);
        if (failures.length > 0) throw failures[0];
        return users.size === 0;
      },
    }),
    doAll<UserId>(deps, budgetMs, {
      step: 'made',
      nameOf: (userId) => `${userId}.made`,
      list: (limit, isPassedOver) => deps.due.inTeams(limit, isPassedOver),
      async attempt(userId) {
        const { user, failures } = await endInTeams(deps, userId);
        if (failures.length > 0) throw failures[0];
        return user.dueInTeams.length === 0;
      },
    }),
  ]);
}

async function doAll<Id extends string>(
  { clock, teller: { setAside } }: DueDeps,
  budgetMs: number,
  { step, nameOf, list, attempt }: SecondStep<Id>,
): Promise<void> {
  const untilMs = clock.monotonicMs() + budgetMs;
  // The index shows an item for a moment longer. An item that waits for the edge, or for something else, stays there.
  const done = new Set<Id>();
  let areTooManyAside = false;

  async function tryOne(id: Id): Promise<void> {
    try {
      if (await attempt(id)) done.add(id);
      setAside.drop(nameOf(id));
    } catch (error) {
      if (!setAside.put(nameOf(id), step, error)) areTooManyAside = true;
    }
  }

  while (!areTooManyAside && clock.monotonicMs() < untilMs) {
    const due = await list(AT_ONCE, (id) => done.has(id) || setAside.has(nameOf(id)));
    const names = due.map(nameOf);
    if (due.length < AT_ONCE) setAside.dropPast((item, of) => of === step && !names.includes(item));
    if (due.length === 0) break;
    await Promise.all(due.map(tryOne));
  }
}
