import { globSync, readFileSync } from 'node:fs';
import t from 'tap';

const MAX_LINES = 1_500;

t.test('the kernel stays small', async (t) => {
  const lines = globSync('core/**/*.ts').map((file) => readFileSync(file, 'utf8').split('\n').length - 1);
  const sum = lines.reduce((total, count) => total + count, 0);
  t.ok(lines.length > 0 && sum <= MAX_LINES, `${sum} lines in ${lines.length} files`);
});
