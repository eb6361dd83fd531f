// Weekly, because of its cost: a minute of one core; `.ci/run` has every path of up to 4 tokens, which show the same
// faults. Last result, November 2026: 10,105,260 paths passed, behind a user, behind a team, and from the start.

import t from 'tap';
import { tryEveryPath } from './support/every-path.ts';

t.setTimeout(600_000);

t.test('no path of up to 5 hostile tokens crosses a user', (t) =>
  tryEveryPath(t, 5, { paths: 3_368_420, leastPassedBehind: 500_000, leastPassedFromTheStart: 10_000 }),
);
