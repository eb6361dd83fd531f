// Weekly, because a change that loops is waited for, half a minute of one core; `.ci/run` judges changes that end.
// Last result, November 2026: the loop has timed out.

import t from 'tap';
import { judged } from './judged.ts';

t.test('a change that loops is told apart from one that fails, and from one that nobody sees', async (t) => {
  t.strictSame(
    await judged(t, 'export let count = 3;\nwhile (count > 0) count -= 1;\nexport const unseen = true;\n'),
    [
      ['number plus one', undefined],
      ['> to >=', 'killed'],
      ['number plus one', 'killed'],
      ['-= to +=', 'timed out'],
      ['number plus one', 'killed'],
      ['true to false', undefined],
    ],
  );
});
