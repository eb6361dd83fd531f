import t from 'tap';
import { replaceUnderLoad } from './support/replacements.ts';

t.test(
  '10,000 replacements and deletes under load: nothing stale beyond the bound',
  { timeout: 300_000 },
  async (t) => {
    const { faults, ...counts } = await replaceUnderLoad(t, 10_000);
    t.comment(JSON.stringify(counts));
    t.same(faults.slice(0, 20), []);
    for (const [what, count] of Object.entries(counts)) t.ok(count > 0, `${count} ${what}`);
  },
);
