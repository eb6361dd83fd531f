import { checkPlans } from '../../../auth/support/model/check.ts';
import { follow } from './follow.ts';
import { namePlans } from './operations.ts';

/**
 * Runs generated schedules of moves, copies, uploads, deletes and restores.
 * @returns the number of moves that were answered by 200, and of schedules with too many orders to look at all of them
 * @throws Error with the shortest schedule found that breaks a promise, and its events
 */
export async function checkNames(given: {
  seed: number;
  count: number;
}): Promise<{ moves: number; undecided: number }> {
  let [moves, undecided] = [0, 0];
  await checkPlans(namePlans, given, async (plan, trace) => {
    const followed = await follow(plan, trace);
    moves += followed.moves;
    if (followed.isUndecided) undecided++;
    return followed.problems;
  });
  return { moves, undecided };
}
