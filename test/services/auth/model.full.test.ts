import t from 'tap';
import { checkSchedules } from './support/model/check.ts';

// About a minute of one core.
t.setTimeout(900_000);

t.test('20,000 schedules', async (t) => {
  const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);
  t.comment(`seed ${seed}`);
  const signing = await checkSchedules(seed, 20_000);
  t.ok(signing > 10_000, `${signing} in which something was signed`);
});
