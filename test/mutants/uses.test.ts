import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { temporaryDirectory } from '../support/test-stack.ts';
import { usesOf } from './uses.ts';

t.test('a constant shows where it is used, also through another one and in another source', (t) => {
  const folder = temporaryDirectory(t);
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const files = [
    write(
      'limits.ts',
      `export const MINUTES = 7;
export const LIMITS = { seconds: MINUTES * 60 };
export const later = () => 8;
export const UNUSED = 9;
`,
    ),
    write(
      'user.ts',
      "import { LIMITS } from './limits.ts';\nexport const isOver = (at) => at > LIMITS.seconds;\n",
    ),
    write(
      'stranger.ts',
      'const LIMITS = { seconds: 1 };\nexport const isOver = (at) => at > LIMITS.seconds;\n',
    ),
  ];
  const shown = (text: string) => {
    const file = files[0] ?? '';
    return usesOf({ file, start: readFileSync(file, 'utf8').indexOf(text) }, files).map((use) => {
      const source = readFileSync(use.file, 'utf8');
      return `${use.file.slice(folder.length + 1)}:${source.slice(0, use.start).split('\n').length}`;
    });
  };
  t.strictSame(shown('7'), ['user.ts:2']);
  t.strictSame(shown('60'), ['user.ts:2']);
  t.strictSame(shown('8'), ['limits.ts:3'], 'a function is run where it is');
  t.strictSame(shown('9'), ['limits.ts:4']);
  t.end();
});
