// Weekly, because of its cost: 70 CPU seconds; `.ci/run` does 2,000, and its clock meets the bound after each ten of
// them. Last result, November 2026: nothing older than the bound allows, 90 s beside other work.

import t from 'tap';
import { replaceUnderLoad } from './support/replacements.ts';

t.setTimeout(600_000);

t.test('10,000 replacements and deletes under load: nothing stale beyond the bound', async (t) => {
  const { faults, ...counts } = await replaceUnderLoad(t, 10_000);
  t.comment(JSON.stringify(counts));
  t.strictSame(faults.slice(0, 20), []);
  for (const [what, count] of Object.entries(counts)) t.ok(count > 0, `${count} ${what}`);
});
