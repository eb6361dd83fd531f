import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { temporaryDirectory } from '../support/test-stack.ts';

t.test('a package above its budget, and a file of no package, fail the check', (t) => {
  const directory = temporaryDirectory(t);
  const files = {
    'scripts/budgets.txt': '# a reason\nengine 2 1\ntest 0 1\nfiles 9 0\n',
    'engine/start.ts': '/**\n * Starts.\n */\nexport const a = 1;\n\n// why\nexport const b = 2;\n',
    'test/engine/start.test.ts': 'export const c = 3;\n',
    'test/case.json': '{}\n',
    'docs/example.ts': 'a();\nb();\n',
  };
  const run = (more: Record<string, string>) => {
    for (const [file, text] of Object.entries({ ...files, ...more })) {
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      writeFileSync(join(directory, file), text);
    }
    return spawnSync(process.execPath, [resolve('scripts/budget.ts')], { cwd: directory, encoding: 'utf8' });
  };
  spawnSync('git', ['init', '-q'], { cwd: directory });
  t.match(run({}), { status: 0, stderr: '', stdout: /engine +2 +2 +1 +1\n/ });
  t.match(run({ 'engine/more.ts': 'a();\n' }), { status: 1, stderr: /^engine is above its budget/ });
  t.match(run({ 'engine/more.ts': '', 'wheel/a.css': 'a{}\n' }), {
    status: 1,
    stderr: /^wheel\/a\.css is in no folder/,
  });
  t.end();
});
