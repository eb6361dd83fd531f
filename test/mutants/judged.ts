import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { temporaryDirectory } from '../support/test-stack.ts';
import { judge } from './judge.ts';
import { mutationsOf } from './mutations.ts';

/**
 * Judges each change of a source that exports `count`, by a test that wants 0.
 * @returns each change, and how the test notices it
 */
export async function judged(t: Test, source: string): Promise<[what: string, how: string | undefined][]> {
  const tree = temporaryDirectory(t);
  const write = (name: string, text: string) => writeFileSync(join(tree, name), text);
  write('package.json', '{ "type": "module" }');
  write('source.ts', source);
  write('sees.test.ts', "import { count } from './source.ts';\nif (count !== 0) throw new Error('count');\n");
  const tests = [{ test: 'sees.test.ts', seconds: 1, breadth: 1 }];
  const found: [string, string | undefined][] = [];
  for (const mutation of mutationsOf('source.ts', source)) {
    const notice = await judge(tree, { ...mutation, file: 'source.ts', line: 1 }, tests);
    found.push([mutation.what, notice?.how]);
  }
  t.equal(readFileSync(join(tree, 'source.ts'), 'utf8'), source);
  return found;
}
