import { globSync, readFileSync } from 'node:fs';
import t from 'tap';

t.test('the sections of docs/deploy.md that messages name exist', async (t) => {
  const page = readFileSync('docs/deploy.md', 'utf8');
  const headings = [...page.matchAll(/^##+ (?:\d\. )?(.*)$/gm)].map(([, heading]) => heading);
  const sources = globSync('services/operator/deploy/**/*.ts').map((file) => readFileSync(file, 'utf8'));
  const named = [...sources.join('\n').matchAll(/docs\/deploy\.md, "([^"]+)"/g)].map(
    ([, section]) => section,
  );
  t.not(named.length, 0);
  for (const section of named) t.ok(headings.includes(section), String(section));
});
