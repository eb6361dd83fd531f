// Weekly, because of its cost: five to ten minutes of one core; `.ci/run` has 2,500 of each by one seed, so that a
// commit has one verdict. Last result, November 2026: 203,500 schedules from seed 97609274 by `npm run fuzz`, with clocks
// wrong by up to five minutes, full stores, records that cannot be read, and people who join, leave and are removed. No
// promise broken.

import t from 'tap';
import { checkSchedules } from './support/model/check.ts';

t.setTimeout(3_600_000);

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);
t.comment(`seed ${seed}`);

t.test('100,000 schedules of a new seed', async (t) => {
  const signing = await checkSchedules('sessions', { seed, count: 100_000 });
  t.ok(signing > 50_000, `${signing} in which something was signed`);
});

t.test('50,000 schedules of links to folders', async (t) => {
  const signing = await checkSchedules('links', { seed, count: 50_000 });
  t.ok(signing > 40_000, `${signing} in which something was signed`);
});
