import t from 'tap';
import { checkNames } from './support/model/check.ts';

const seed = Number(process.env['FC_SEED'] ?? 2);

// Two seconds of one core.
t.setTimeout(240_000);

t.test('200 schedules of names, whatever S3 and the table do meanwhile', async (t) => {
  const { moves, undecided } = await checkNames({ seed, count: 200 });
  t.ok(moves > 50, `${moves} moves`);
  t.ok(undecided < 15, `${undecided} undecided`);
});
