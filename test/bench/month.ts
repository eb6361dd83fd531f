import { cost, PRICES, sumOf, type Usage } from '../../scripts/cost/prices.ts';
import { readStack } from '../../scripts/cost/stack.ts';
import {
  COUNTED,
  type Counts,
  countsOf,
  type Habits,
  MONTH_SECONDS,
  moreCallsOf,
  SCENARIOS,
  usageOf,
  VISITS,
} from '../../scripts/cost/usage.ts';
import { withTeardown } from '../support/test-stack.ts';
import { amount, type BenchResult, type BenchRun, compare } from './support/measure.ts';
import { countDay, RUNS, type Steps } from './support/simulated-day.ts';

/** What one person does in a month, as a crowd does it in a day. */
const VISITS_OF_ONE = VISITS.signIns;
const FEW = VISITS_OF_ONE;
const MANY = amount(2 * FEW, FEW);
const SIZES = [1_000, 100_000, 10_000_000];
const RUNS_A_MONTH = MONTH_SECONDS / 60;
/** A day has so many runs in the simulation, one of which removes what the sign-outs told. */
const OF_A_DAY = { runs: RUNS.length, removingRuns: 1 };

/**
 * The calls of a day of two crowds, counted at the stores, beside those of docs/cost.md; and what they cost in a month of
 * many more people.
 * @throws Error if the page has another number of any call
 */
export async function run(): Promise<BenchRun> {
  const few = await withTeardown((t) => countDay(t, FEW));
  const many = MANY === FEW ? few : await withTeardown((t) => countDay(t, MANY));
  const counts = COUNTED.map((name) => rowOf(name, sumOfDay(few)[name], sumOfDay(many)[name]));
  const wrong = counts.filter(({ baselines: [page] }) => page?.ratio !== 1);
  for (const { name, ours, baselines } of wrong)
    console.error(`${name}: ${ours.median}, not ${baselines[0]?.median}`);
  if (wrong.length > 0) throw new Error('docs/cost.md counts other calls: mend scripts/cost/usage.ts');
  return [
    ...counts,
    // Only two crowds tell what a visit takes, and what a run of the schedule does.
    ...(many === few ? [] : SIZES.map((people) => dollars(people, few, many))),
    ...SIZES.slice(1).map(growth),
    ...pricesOf(few),
  ];
}

/** Without the steps that are no part of a month of `VISITS`. */
function sumOfDay(steps: Steps): Counts {
  const sum = countsOf(0, SCENARIOS.large.habits, { runs: 0, removingRuns: 0 });
  for (const counts of steps.ofDay.values()) for (const price of COUNTED) sum[price] += counts[price];
  return sum;
}

function habitsOf(visits: number): Habits {
  const { large } = SCENARIOS;
  const part = (each: number) => (each * visits) / VISITS_OF_ONE;
  const { signIns, renewals, lists, signOuts } = VISITS;
  return {
    ...large.habits,
    ...{ signIns: part(signIns), renewals: part(renewals), lists: part(lists), signOuts: part(signOuts) },
    ...{ pages: visits, looks: visits, views: visits, uploads: part(large.habits.uploads) },
  };
}

function rowOf(name: (typeof COUNTED)[number], few: number, many: number): BenchResult {
  return compare(
    [PRICES[name].words, `calls and units of ${MANY} visits`],
    ['counted', [many]],
    ['docs/cost.md', [countsOf(1, habitsOf(MANY), OF_A_DAY)[name]], { atMost: 1 }],
    [`${MANY / FEW} × those of ${FEW} visits`, [(MANY / FEW) * few], { atMost: 1 }],
  );
}

/** Both crowds differ by visits alone, so the difference is what the visits take, and the rest is what a run takes. */
function dollars(people: number, few: Steps, many: Steps): BenchResult {
  const { habits } = SCENARIOS.large;
  const page = usageOf(readStack(), people, habits);
  const [ofFew, ofMany] = [sumOfDay(few), sumOfDay(many)];
  const idle = few.ofDay.get('idle');
  const removingRuns = Math.min(people * habits.signOuts, RUNS_A_MONTH);
  const counted: Usage = { ...page };
  for (const name of COUNTED) {
    const ofVisits = ofMany[name] - ofFew[name];
    const ofIdleRun = idle?.[name] ?? 0;
    const ofRemoval = ofFew[name] - ofVisits - OF_A_DAY.runs * ofIdleRun;
    const perView = few.ofDay.get('views')?.[name] ?? 0;
    const more = ((habits.views - VISITS_OF_ONE) * perView) / FEW;
    counted[name] = people * (ofVisits + more) + removingRuns * ofRemoval + RUNS_A_MONTH * ofIdleRun;
  }
  // A run with more than 50 keys makes several calls. No crowd here is so large.
  counted.storeCalls = (counted.storeCalls ?? 0) + moreCallsOf(people * habits.signOuts, removingRuns);
  // For some minutes after a sign-out, `get` follows `exists`.
  counted.storeReads = ((counted.storeReads ?? 0) * page.storeReads) / page.edgeRequests;
  const row = compare(
    [`a month of ${people.toLocaleString('en')} people`, 'US dollars'],
    ['counted', [sumOf(counted)]],
    ['docs/cost.md', [sumOf(page)], { atMost: 1 }],
  );
  if (row.ours.median !== row.baselines[0]?.median)
    throw new Error(`${row.name} costs ${sumOf(counted)}, not ${sumOf(page)}`);
  return row;
}

/** What the same number of people cost where there are more of them. */
function growth(people: number, index: number): BenchResult {
  const fewer = SIZES[index] ?? people;
  const of = (size: number) => (sumOf(usageOf(readStack(), size, SCENARIOS.large.habits)) / size) * fewer;
  return compare(
    [`${fewer.toLocaleString('en')} of ${people.toLocaleString('en')} people`, 'US dollars'],
    ['of more', [of(people)]],
    ['by themselves', [of(fewer)], { atMost: 1 }],
  );
}

/** What else a person may do, beside a renewal: the price of a million. */
function pricesOf({ ofDay, others }: Steps): BenchResult[] {
  const renewals = ofDay.get('renewals 1');
  const price = (counts: Counts, times: number) =>
    COUNTED.reduce((sum, name) => sum + cost(name, (1_000_000 * counts[name]) / times), 0);
  if (!renewals) throw new Error('the day has no renewals');
  return [...others].map(([name, counts]) =>
    compare(
      [`${name}: a million of them`, 'US dollars'],
      ['calls to AWS', [price(counts, 1)]],
      ['a renewal', [price(renewals, FEW)]],
    ),
  );
}
