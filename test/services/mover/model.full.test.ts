import t from 'tap';
import { checkNames } from './support/model/check.ts';

// A minute of one core.
t.setTimeout(1_200_000);

// The same schedules each time, so that a commit has one verdict. model.weekly.test.ts tries new ones.
const seed = Number(process.env['FC_SEED'] ?? 1);

t.test('3,000 schedules of names', async (t) => {
  const { moves, undecided } = await checkNames({ seed, count: 3_000 });
  t.ok(moves > 1_200, `${moves} moves`);
  t.ok(undecided < 150, `${undecided} undecided`);
});
