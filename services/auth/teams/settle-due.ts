/**
 * What the schedule does for teams: the second steps that requests have left, because they failed, crashed or froze.
 * There are two. A member's record follows the team's item (`settle.ts`). And what a user made in teams ends in the
 * teams' items (`records/end-in-teams.ts`).
 */

import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { endInTeams } from '../records/end-in-teams.ts';
import type { EdgeTeller } from '../revocations/edge-teller.ts';
import { doAllDue } from '../revocations/second-steps.ts';
import type { Stores } from '../table/stores.ts';
import { type SettleDeps, settleDue } from './settle.ts';

/** Each of them may need a batch of 50 items. */
const AT_ONCE = 5;

interface DueDeps extends SettleDeps {
  due: Pick<Stores['due'], 'inTeams'>;
  teller: Pick<EdgeTeller, 'setAside'>;
}

/**
 * Does all second steps that are due. What fails for one team or user is set aside, and the others go on.
 * @param budgetMs nothing further begins later than this
 * @throws GatewayError store_unavailable if the table does not say what is due
 */
export async function settleDueTeams(deps: DueDeps, budgetMs: number): Promise<void> {
  await Promise.all([
    doAllDue<TeamId>(deps, budgetMs, {
      ...{ step: 'settle', atOnce: AT_ONCE },
      nameOf: (teamId) => `${teamId}.members`,
      list: (limit, isPassedOver) => deps.teams.due(limit, isPassedOver),
      async attempt(teamId) {
        const { users, failures } = await settleDue(deps, teamId);
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
  return doAllDue<UserId>(deps, budgetMs, {
    ...{ step: 'made', atOnce: AT_ONCE },
    nameOf: (userId) => `${userId}.made`,
    list: (limit, isPassedOver) => deps.due.inTeams(limit, isPassedOver),
    async attempt(userId) {
      const { user, failures } = await endInTeams(deps, userId);
      if (failures.length > 0) throw failures[0];
      return user.dueInTeams.length === 0;
    },
  });
}
