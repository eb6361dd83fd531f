import fc from 'fast-check';
import { follow, type Plan, plan } from './follow.ts';

/** The last lines of a failed schedule: all that happened, of each call when it took effect. */
const MAX_LINES = 200;

/**
 * Follows generated schedules of the service.
 * @returns in how many of them something was signed: the others show little
 * @throws Error with the shortest schedule that was found to break a promise, and what happened in it
 */
export async function checkSchedules(seed: number, count: number): Promise<number> {
  let signing = 0;
  const property = fc.asyncProperty(plan, async (each) => {
    const { problems, signed } = await follow(each);
    if (signed > 0) signing++;
    if (problems.length > 0) throw new Error(problems[0]);
  });
  // Whoever wants to know only whether it fails need not wait for the shortest way to it.
  const endOnFailure = process.env['FC_SHRINK'] === '0';
  const { counterexample } = await fc.check(property, { seed, numRuns: count, endOnFailure });
  if (counterexample) throw new Error(await explain(seed, counterexample[0]));
  return signing;
}

async function explain(seed: number, plan: Plan): Promise<string> {
  const { problems, trace } = await follow(plan, true);
  return [
    ...problems,
    `FC_SEED=${seed}, and the schedule by itself:`,
    JSON.stringify(plan),
    ...trace.slice(-MAX_LINES),
  ].join('\n');
}
