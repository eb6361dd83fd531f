import t from 'tap';
import { checkSchedules } from './support/model/check.ts';

t.test('200 schedules of logins, renewals and logouts, whatever the stores do meanwhile', async (t) => {
  const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);
  t.comment(`seed ${seed}`);
  const signing = await checkSchedules(seed, 200);
  t.ok(signing > 100, `${signing} in which something was signed`);
});
