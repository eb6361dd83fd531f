import type { Test } from 'tap';
import { tryTarget } from './isolation.ts';
import { ALL_PATHS, countOf, FROM_THE_START, type HostilePaths, pathAt } from './isolation-paths.ts';

/**
 * Tries every path of up to so many hostile tokens, behind the prefix of a user, of a team and of a former team, and from
 * the start.
 */
export async function tryEveryPath(
  t: Test,
  maxTokens: number,
  expected: { paths: number; leastPassedBehind: number; leastPassedFromTheStart: number },
): Promise<void> {
  // Each broken escape throws, and a trace for each takes a tenth of the time.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  t.teardown(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });
  const { leastPassedBehind, leastPassedFromTheStart } = expected;
  for (const paths of ALL_PATHS) {
    const leastPassed = paths === FROM_THE_START ? leastPassedFromTheStart : leastPassedBehind;
    t.equal(countOf(paths, maxTokens), expected.paths);
    t.equal(new Set(paths.tokens).size, 20);
    const { tried, passed } = await tryAll(paths, maxTokens);
    t.equal(tried, expected.paths);
    t.ok(passed >= leastPassed, `${passed} of ${tried} ${paths.name} pass for somebody`);
  }
}

async function tryAll(paths: HostilePaths, maxTokens: number) {
  const total = countOf(paths, maxTokens);
  let tried = 0;
  let passed = 0;
  for (let number = 0; number < total; number++) {
    const target = pathAt(paths, number);
    const trial = tryTarget(target);
    const outcome = typeof trial === 'boolean' ? trial : await trial;
    if (typeof outcome === 'string') throw new Error(`${JSON.stringify(target)}: ${outcome}`);
    tried++;
    if (outcome) passed++;
  }
  return { tried, passed };
}
