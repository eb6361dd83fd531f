import fc from 'fast-check';
import { tryTarget } from '../edge/function/support/isolation.ts';
import { attempts } from '../edge/function/support/isolation-grammar.ts';
import { ALL_PATHS, countOf, type HostilePaths, pathAt } from '../edge/function/support/isolation-paths.ts';
import { tryAttempt } from '../edge/function/support/isolation-requests.ts';
import { checkSchedules } from '../services/auth/support/model/check.ts';

/** Numbered attacks, so that a run continues where the last one ended. */
export interface Campaign {
  /** The name under which the progress is kept. */
  name: string;
  /** The number of cases; undefined if they never end. */
  total?: number;
  /** Cases in one step, of about a second. Progress is kept between steps. */
  step: number;
  /** The file into which a found case goes. */
  keepIn: string;
  /**
   * Tries `count` cases from a place on.
   * @returns how many of them passed for somebody
   * @throws Error that names the case which broke a promise
   */
  run(from: number, count: number, seed: number): Promise<number>;
}

const MAX_TOKENS = 6;
const FIXTURES = 'test/edge/function/support/isolation-fixtures.ts';

/** In order. Once the campaigns with an end have ended, the others take turns. */
export const CAMPAIGNS: readonly Campaign[] = [
  ...ALL_PATHS.map(everyPath),
  { name: 'random requests', step: 2_000, keepIn: FIXTURES, run: randomRequests },
  {
    name: 'sessions',
    step: 500,
    keepIn: 'test/services/auth/interleavings.test.ts',
    run: (from, count, seed) => checkSchedules('sessions', { seed: (seed + from) % 2 ** 31, count }),
  },
  {
    name: 'links to folders',
    step: 500,
    keepIn: 'test/services/auth/links/interleavings.test.ts',
    run: (from, count, seed) => checkSchedules('links', { seed: (seed + from) % 2 ** 31, count }),
  },
];

function everyPath(paths: HostilePaths): Campaign {
  return {
    name: `every path of up to ${MAX_TOKENS} tokens ${paths.name}`,
    total: countOf(paths, MAX_TOKENS),
    step: 100_000,
    keepIn: FIXTURES,
    async run(from, count) {
      let passed = 0;
      for (let number = from; number < from + count; number++) {
        const target = pathAt(paths, number);
        const outcome = await tryTarget(target);
        if (typeof outcome === 'string') throw new Error(`${JSON.stringify(target)}: ${outcome}`);
        if (outcome) passed++;
      }
      return passed;
    },
  };
}

async function randomRequests(from: number, count: number, seed: number): Promise<number> {
  let passed = 0;
  const property = fc.asyncProperty(attempts, async (attempt) => {
    const outcome = await tryAttempt(attempt);
    if (outcome.problem) throw new Error(outcome.problem);
    if (outcome.passed > 0) passed++;
  });
  await fc.assert(property, { seed: (seed + from) % 2 ** 31, numRuns: count });
  return passed;
}
