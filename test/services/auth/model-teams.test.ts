import t from 'tap';
import { checkSchedules } from './support/model/check.ts';
import { planWithTeams } from './support/model/follow.ts';

t.test('200 schedules in which people also join, open and leave teams', async (t) => {
  const signing = await checkSchedules(Number(process.env['FC_SEED'] ?? 2), 200, planWithTeams);
  t.ok(signing > 50, `${signing} in which something was signed`);
});
