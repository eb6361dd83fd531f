import t from 'tap';
import { tryEveryPath } from './support/every-path.ts';

// About half a minute of one core; more on a busy machine.
t.setTimeout(600_000);

t.test('no path of up to 5 hostile tokens crosses a user', (t) =>
  tryEveryPath(t, 5, { paths: 3_368_420, leastPassedBehind: 500_000, leastPassedFromTheStart: 10_000 }),
);
