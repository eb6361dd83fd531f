/**
 * What the schedule does for teams: the second steps that requests have left, because they failed, crashed or froze.
 * There are two. A member's record follows the team's item (`settle.ts`). And what a user made in teams ends in the
 * teams' items (`records/end-in-teams.ts`).
 */

import { ownerOfItem } from '../domain/item-key.ts';
import { endInTeams } from '../records/end-in-teams.ts';
import { type DueWorkDeps, doAllDue } from '../revocations/due-work.ts';
import { type SettleDeps, settleDue } from './settle.ts';

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
