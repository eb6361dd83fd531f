import t from 'tap';
import { checkSchedules } from './support/model/check.ts';

// About five minutes of one core.
t.setTimeout(3_600_000);

t.test('100,000 schedules of a new seed', async (t) => {
  const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);
  t.comment(`seed ${seed}`);
  const signing = await checkSchedules(seed, 100_000);
  t.ok(signing > 50_000, `${signing} in which something was signed`);
});
