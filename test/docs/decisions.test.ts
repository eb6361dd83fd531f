import { globSync, readFileSync } from 'node:fs';
import t from 'tap';

/** Each decision has the parts of paths of the tests that show it, and its reason below them. */
const decisions = readFileSync('docs/decisions/README.md', 'utf8')
  .split(/^## /m)
  .slice(1)
  .map((part) => {
    const [, title = '', shownBy = '', reason = ''] =
      /^(.+)\n\nShown by: (.+)\n\n([\s\S]+)$/.exec(part) ?? [];
    return { title, shownBy, reason, part };
  });

t.test('each decision says what shows it, and why it was taken', async (t) => {
  t.ok(decisions.length > 20, `${decisions.length} decisions`);
  for (const { title, reason, part } of decisions) t.ok(title && /\.$/m.test(reason), part.slice(0, 60));
});

t.test('a decision is shown by tests that are there', async (t) => {
  const tests = globSync('test/**/*.test.ts');
  const parts = decisions.flatMap(({ title, shownBy }) =>
    [...shownBy.matchAll(/`([^`]+)`/g)].map(([, part = '']) => ({ title, part })),
  );
  t.ok(parts.length >= decisions.length, `${parts.length} parts of paths`);
  t.strictSame(
    parts.filter(({ part }) => !tests.some((path) => path.includes(part))),
    [],
  );
});
