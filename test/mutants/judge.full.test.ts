// Not in the fast ring: a change that loops is waited for, half a minute.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { temporaryDirectory } from '../support/test-stack.ts';
import { judge } from './judge.ts';
import { mutationsOf } from './mutations.ts';

const SOURCE = 'export let count = 3;\nwhile (count > 0) count -= 1;\nexport const unseen = true;\n';

t.test('a change that loops is told apart from one that fails, and from one that nobody sees', async (t) => {
  const tree = temporaryDirectory(t);
  const write = (name: string, text: string) => writeFileSync(join(tree, name), text);
  write('package.json', '{ "type": "module" }');
  write('source.ts', SOURCE);
  write('sees.test.ts', "import { count } from './source.ts';\nif (count !== 0) throw new Error('count');\n");
  const tests = [{ test: 'sees.test.ts', seconds: 1, breadth: 1 }];
  const found: unknown[] = [];
  for (const mutation of mutationsOf('source.ts', SOURCE)) {
    const notice = await judge(tree, { ...mutation, file: 'source.ts', line: 1 }, tests);
    found.push([mutation.what, notice?.how]);
  }
  t.strictSame(found, [
    ['number plus one', undefined],
    ['> to >=', 'killed'],
    ['number plus one', 'killed'],
    ['-= to +=', 'timed out'],
    ['number plus one', 'killed'],
    ['true to false', undefined],
  ]);
  t.equal(readFileSync(join(tree, 'source.ts'), 'utf8'), SOURCE);
});
