import t from 'tap';
import { checkSchedules } from './support/model/check.ts';

// Two minutes of one core.
t.setTimeout(900_000);

// The same schedules each time, so that a commit has one verdict. model.weekly.test.ts tries new ones.
const seed = Number(process.env['FC_SEED'] ?? 1);

t.test('5,000 schedules', async (t) => {
  const signing = await checkSchedules('sessions', { seed, count: 5_000 });
  t.ok(signing > 2_500, `${signing} in which something was signed`);
});

t.test('5,000 schedules of links to folders', async (t) => {
  const signing = await checkSchedules('links', { seed, count: 5_000 });
  t.ok(signing > 4_000, `${signing} in which something was signed`);
});
