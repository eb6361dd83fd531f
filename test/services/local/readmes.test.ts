import { readFileSync } from 'node:fs';
import t from 'tap';
import { OPERATIONS } from '../../../services/local/s3/operation.ts';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

for (const store of ['s3', 'key-value-store']) {
  t.test(`the tests in the README of ${store} exist`, async (t) => {
    const cells = [
      ...read(`services/local/${store}/README.md`).matchAll(/`([\w.-]+\.test\.ts)` › ([^|]+?)\s*\|/g),
    ];
    t.ok(cells.length > 5, `${cells.length} tests are named`);
    for (const [, file = '', name = ''] of cells) {
      t.ok(read(`test/services/local/${store}/${file}`).includes(`t.test('${name}'`), `${file} › ${name}`);
    }
  });
}

t.test('the README of the local S3 names each operation, and no other', async (t) => {
  const [, table = ''] = read('services/local/s3/README.md').split('| operation ');
  const rows = table.split('\n\n', 1)[0]?.split('\n').slice(2) ?? [];
  const named = rows.flatMap((row) => row.split('|', 2)[1]?.split(',') ?? []).map((name) => name.trim());
  t.strictSame(named.toSorted(), [...new Set(Object.values(OPERATIONS).map(([name]) => name))].toSorted());
});
