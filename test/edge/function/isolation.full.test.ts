import t from 'tap';
import { tryTarget } from './support/isolation.ts';
import { BEHIND_THE_PREFIX, countOf, FROM_THE_START, pathAt } from './support/isolation-paths.ts';

// About a minute of one core; more on a busy machine.
t.setTimeout(600_000);

for (const [paths, leastPassed] of [
  [BEHIND_THE_PREFIX, 500_000],
  [FROM_THE_START, 10_000],
] as const) {
  t.test(`no path of up to 5 hostile tokens ${paths.name} crosses a user`, async (t) => {
    const total = countOf(paths, 5);
    t.equal(total, 3_368_420);
    t.equal(new Set(paths.tokens).size, 20);
    let tried = 0;
    let passed = 0;
    for (let number = 0; number < total; number++) {
      const target = pathAt(paths, number);
      const outcome = await tryTarget(target);
      if (typeof outcome === 'string') throw new Error(`${JSON.stringify(target)}: ${outcome}`);
      tried++;
      if (outcome) passed++;
    }
    t.equal(tried, total);
    t.ok(passed >= leastPassed, `${passed} of ${tried} pass for somebody`);
  });
}
