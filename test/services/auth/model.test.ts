import t from 'tap';
import { checkSchedules } from './support/model/check.ts';

const seed = Number(process.env['FC_SEED'] ?? 2);

t.test('200 schedules of sessions and teams, whatever the stores do meanwhile', async (t) => {
  const signing = await checkSchedules('sessions', { seed, count: 200 });
  t.ok(signing > 100, `${signing} in which something was signed`);
});

t.test('100 schedules of links to folders', async (t) => {
  const signing = await checkSchedules('links', { seed, count: 100 });
  t.ok(signing > 50, `${signing} in which something was signed`);
});
