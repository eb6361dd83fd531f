import t from 'tap';
import { tryEveryPath } from './support/every-path.ts';

t.test('no path of up to 4 hostile tokens crosses a user', (t) =>
  tryEveryPath(t, 4, { paths: 168_420, leastPassedBehind: 25_000, leastPassedFromTheStart: 500 }),
);
