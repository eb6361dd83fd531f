import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import t from 'tap';

const SHAPE =
  /^# (.+)\n\n- Decided: 2\d{3}-\d\d-\d\d.*\n- Shown by: (.+)\n\n## Context\n\n[\s\S]+\n\n## Decision\n\n[\s\S]+\n\n## Considered\n\n[\s\S]+\n\n## Consequence\n\n[\s\S]+$/;

const records = globSync('docs/decisions/*.md', { exclude: ['**/README.md', '**/dependencies.md'] })
  .toSorted()
  .map((file) => {
    const text = readFileSync(file, 'utf8');
    const [, title = '', shownBy = ''] = SHAPE.exec(text) ?? [];
    return { file, text, title, shownBy };
  });

t.test('decision records have one shape', async (t) => {
  for (const { file, text } of records) t.match(text, SHAPE, file);
});

t.test('a decision is shown by tests that are there', async (t) => {
  const tests = globSync('test/**/*.test.ts');
  const parts = records.flatMap(({ file, shownBy }) =>
    [...shownBy.matchAll(/`([^`]+)`/g)].map(([, part = '']) => ({ file, part })),
  );
  t.ok(parts.length >= records.length, `${parts.length} parts of paths`);
  t.strictSame(
    parts.filter(({ part }) => !tests.some((path) => path.includes(part))),
    [],
  );
});

t.test('the index has one row for each record, with its title', async (t) => {
  const index = readFileSync('docs/decisions/README.md', 'utf8');
  const rows = [...index.matchAll(/^\| \[(.+?)\]\(([^)]+)\) +\| [^|]*\w[^|]* \|$/gm)];
  t.strictSame(
    rows.map(([, title, file]) => `${file}: ${title}`).toSorted(),
    records.map(({ file, title }) => `${basename(file)}: ${title}`),
  );
});
