import { usageOf } from '../../scripts/cost.ts';
import { withTeardown } from '../support/test-stack.ts';
import { type BenchRun, compare } from './support/measure.ts';
import { countDay, RUNS } from './support/simulated-day.ts';

const VISITS = 20;
/** What the day of `countDay` is in docs/cost.md. One run removes what the sign-outs told. */
const DAY = {
  ...{ signIn: VISITS, page: VISITS, look: VISITS, upload: VISITS / 10, list: 2 * VISITS, view: VISITS },
  ...{ renewal: 3 * VISITS, signOut: VISITS / 4, run: RUNS, removingRun: 1, readiness: 1 },
};

/**
 * The calls of a day, counted at the stores, beside those of docs/cost.md.
 * @throws Error if the page has another number of any call
 */
export async function run(): Promise<BenchRun> {
  const page: Record<string, number> = usageOf(DAY);
  const counts = Object.entries(await withTeardown((t) => countDay(t, VISITS)));
  const wrong = counts.filter(([name, count]) => count !== page[name]);
  for (const [name, count] of wrong) console.error(`${name}: ${count}, not ${page[name]}`);
  if (wrong.length > 0) throw new Error('docs/cost.md counts other calls: change TAKES of scripts/cost.ts');
  return counts.map(([name, count]) =>
    compare(
      [name, `calls and units of ${VISITS} visits`],
      ['counted', [count]],
      ['docs/cost.md', [page[name] ?? 0], { atMost: 1 }],
    ),
  );
}
