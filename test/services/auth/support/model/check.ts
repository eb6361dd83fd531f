import fc from 'fast-check';
import { follow, linkPlan, type Plan, sessionPlan } from './follow.ts';
import { withQuickHashes } from './quick-hashes.ts';

/** The last lines of a failed schedule: every event, each call at the time of its effect. */
const MAX_LINES = 200;

/** What the schedules are about. */
const SUBJECTS = { sessions: sessionPlan, links: linkPlan };

/**
 * Runs generated schedules of the service.
 * @param subject sessions and teams, or links to teams' folders
 * @returns the number of schedules in which something was signed; the others show little
 * @throws Error with the shortest schedule found that breaks a promise, and its events
 */
export async function checkSchedules(
  subject: keyof typeof SUBJECTS,
  { seed, count }: { seed: number; count: number },
): Promise<number> {
  return withQuickHashes(() => check(SUBJECTS[subject], seed, count));
}

async function check(plans: fc.Arbitrary<Plan>, seed: number, count: number): Promise<number> {
  let signing = 0;
  await checkPlans(plans, { seed, count }, async (plan, trace) => {
    const { problems, signed } = await follow(plan, trace);
    if (signed > 0) signing++;
    return problems;
  });
  return signing;
}

/**
 * Runs generated plans.
 * @param run returns the promises that were broken
 * @throws Error with the shortest plan found that breaks a promise, and its events
 */
export async function checkPlans<P>(
  plans: fc.Arbitrary<P>,
  { seed, count }: { seed: number; count: number },
  run: (plan: P, trace?: string[]) => Promise<string[]>,
): Promise<void> {
  const property = fc.asyncProperty(plans, async (each) => {
    const [problem] = await run(each);
    if (problem !== undefined) throw new Error(problem);
  });
  // FC_SHRINK=0 skips the search for the shortest schedule, if only the failure matters.
  const endOnFailure = process.env['FC_SHRINK'] === '0';
  const { counterexample } = await fc.check(property, { seed, numRuns: count, endOnFailure });
  if (counterexample) throw new Error(await explain(seed, counterexample[0], run));
}

/** The same schedule once more, with its events. What it breaks may also be an error that nobody expects. */
async function explain<P>(
  seed: number,
  plan: P,
  run: (plan: P, trace?: string[]) => Promise<string[]>,
): Promise<string> {
  const trace: string[] = [];
  const problems = await run(plan, trace).catch((error: unknown) => [
    error instanceof Error ? `${error.stack}` : String(error),
  ]);
  return [
    ...problems,
    `FC_SEED=${seed}, and the schedule by itself:`,
    JSON.stringify(plan),
    ...trace.slice(-MAX_LINES),
  ].join('\n');
}
