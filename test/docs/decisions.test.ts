import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import t from 'tap';

const SHAPE =
  /^# (.+)\n\n- Date: 2\d{3}-\d\d-\d\d\n- Status: (.+)\n\n## Context\n\n[\s\S]+\n\n## Decision\n\n[\s\S]+\n\n## Consequence\n\n[\s\S]+$/;

const files = globSync('docs/decisions/[0-9]*.md').toSorted();

t.test('decision records are numbered without a gap, and have one shape', async (t) => {
  t.strictSame(
    files.map((file) => basename(file).slice(0, 5)),
    files.map((_, index) => `${String(index + 1).padStart(4, '0')}-`),
  );
  for (const file of files) t.match(readFileSync(file, 'utf8'), SHAPE, file);
});

t.test('the index has one row for each record, with its title and its status', async (t) => {
  const index = readFileSync('docs/decisions/README.md', 'utf8');
  const rows = index.matchAll(/^\| \[(\d{4})\]\(([^)]+)\) +\| (.+?) +\| (.+?) +\| [^|]*\w[^|]* \|$/gm);
  t.strictSame(
    [...rows].map(([, number = '', file = '', title = '', status = '']) => [number, file, title, status]),
    files.map((file) => {
      const [, title = '', status = ''] = SHAPE.exec(readFileSync(file, 'utf8')) ?? [];
      return [basename(file).slice(0, 4), basename(file), title, status];
    }),
  );
});
