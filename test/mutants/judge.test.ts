import t from 'tap';
import { judged } from './judged.ts';

t.test('a change that fails is told apart from one that nobody sees', async (t) => {
  t.strictSame(await judged(t, 'export let count = 3;\ncount -= 3;\nexport const unseen = true;\n'), [
    ['number plus one', 'killed'],
    ['-= to +=', 'killed'],
    ['number plus one', 'killed'],
    ['true to false', undefined],
  ]);
});
