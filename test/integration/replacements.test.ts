import t from 'tap';
import { replaceUnderLoad } from './support/replacements.ts';

t.test('50 replacements and deletes under load: nothing stale beyond the bound', async (t) => {
  const { faults, ...counts } = await replaceUnderLoad(t, 50);
  t.comment(JSON.stringify(counts));
  t.strictSame(faults, []);
  for (const [what, count] of Object.entries(counts)) t.ok(count > 0, `${count} ${what}`);
});
