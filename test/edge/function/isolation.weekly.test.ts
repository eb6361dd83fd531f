// Weekly, because of its cost: three minutes of one core; `.ci/run` has every path of up to 4 tokens, which show the same
// faults. Last result, November 2026: nothing found in 13,473,680 paths, behind a user, a team and a team that was left, and
// from the start, with the sets of two users, of two teams and of a former member.

import t from 'tap';
import { tryEveryPath } from './support/every-path.ts';

t.setTimeout(1_800_000);

t.test('no path of up to 5 hostile tokens crosses a user', (t) =>
  tryEveryPath(t, 5, { paths: 3_368_420, leastPassedBehind: 500_000, leastPassedFromTheStart: 10_000 }),
);
