import t from 'tap';
import { checkSchedules } from './support/model/check.ts';

// A minute of one core.
t.setTimeout(900_000);

// The same schedules each time, so that a commit has one verdict. model.weekly.test.ts tries new ones.
const seed = Number(process.env['FC_SEED'] ?? 1);

t.test('2,500 schedules', async (t) => {
  const signing = await checkSchedules('sessions', { seed, count: 2_500 });
  t.ok(signing > 1_250, `${signing} in which something was signed`);
});

t.test('2,500 schedules of links to folders', async (t) => {
  const signing = await checkSchedules('links', { seed, count: 2_500 });
  t.ok(signing > 2_000, `${signing} in which something was signed`);
});
