import t from 'tap';
import { checkSchedules } from './support/model/check.ts';

t.test('200 schedules of sessions and teams, whatever the stores do meanwhile', async (t) => {
  const signing = await checkSchedules(Number(process.env['FC_SEED'] ?? 2), 200);
  t.ok(signing > 100, `${signing} in which something was signed`);
});
