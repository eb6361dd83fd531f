import t from 'tap';
import { checkNames } from './support/model/check.ts';

const seed = Number(process.env['FC_SEED'] ?? 2);

t.test('300 schedules of names, whatever S3 and the table do meanwhile', async (t) => {
  const { moves, undecided } = await checkNames({ seed, count: 300 });
  t.ok(moves > 100, `${moves} moves`);
  t.ok(undecided < 10, `${undecided} undecided`);
});
