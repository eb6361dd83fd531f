// Weekly, because of its cost: twenty minutes of one core; `.ci/run` has 3,000 schedules of one seed, so that a commit has
// one verdict. Last result, December 2026: 20,000 schedules of seed 520021202, 12,367 moves, 840 of them undecided, no
// promise broken. Before it, seeds found that a deletion sent twice was taken for that of somebody else, that a deletion
// and a new file of one second were put in the wrong order, and that large files were sorted by the begin of their upload.

import t from 'tap';
import { checkNames } from './support/model/check.ts';

t.setTimeout(3_600_000);

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);
t.comment(`seed ${seed}`);

t.test('50,000 schedules of a new seed', async (t) => {
  const { moves, undecided } = await checkNames({ seed, count: 50_000 });
  t.ok(moves > 20_000, `${moves} moves`);
  t.ok(undecided < 2_500, `${undecided} undecided`);
});
