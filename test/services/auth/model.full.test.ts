import t from 'tap';
import { checkSchedules } from './support/model/check.ts';

// About half a minute of one core.
t.setTimeout(900_000);

t.test('5,000 schedules', async (t) => {
  // The same schedules each time, so that a commit has one verdict. model.weekly.test.ts tries new ones.
  const signing = await checkSchedules(Number(process.env['FC_SEED'] ?? 1), 5_000);
  t.ok(signing > 2_500, `${signing} in which something was signed`);
});
