import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { startTestProcess } from '../../scripts/test-file.ts';
import { temporaryDirectory } from '../support/test-stack.ts';

const TAP = fileURLToPath(new URL('../../node_modules/tap', import.meta.url));

/** The names behind each `not ok`, sorted. */
async function failuresOf(t: Test, code: string): Promise<string[]> {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(TAP, join(directory, 'node_modules/tap'));
  const file = join(directory, 'late.test.ts');
  const soon = 'const soon = () => new Promise((resolve) => setTimeout(resolve, 20));';
  writeFileSync(file, `import t from 'tap';\n${soon}\n${code}`);
  const one = startTestProcess({ ...process.env, TAP_TIMEOUT: '60' });
  t.teardown(() => one.end());
  const { failed, report } = await one.run(file);
  t.ok(failed > 0);
  const names = [...report.matchAll(/^ *not ok \d+ - ([\w ]*\w)/gm)].map(([, name = '']) => name);
  return [...new Set(names)].toSorted();
}

for (const [name, code, failures] of [
  [
    'a throw',
    "t.test('throws', async () => { setTimeout(() => { throw new Error('thrown late'); }, 1); await soon(); });",
    ['thrown late', 'throws'],
  ],
  [
    'a rejection',
    "t.test('rejects', async () => { void Promise.resolve().then(() => { throw new Error('rejected late'); }); await soon(); });",
    ['rejected late', 'rejects'],
  ],
  [
    'a rejection in a test within a test',
    "t.test('outer', (t) => t.test('inner', async () => { setImmediate(() => Promise.reject(new Error('within'))); await soon(); }));",
    ['inner', 'outer', 'within'],
  ],
] as const) {
  t.test(`${name} that nobody waits for fails the test that it comes from`, async (t) => {
    t.strictSame(await failuresOf(t, code), failures);
  });
}

t.test('an error that comes after the end of its test fails the file', async (t) => {
  const code = `
let end;
const ended = new Promise((resolve) => { end = resolve; });
t.test('ends', async (t) => { t.pass(); setTimeout(() => { setTimeout(end, 1); throw new Error('too late'); }, 5); });
t.test('next', async (t) => { await ended; t.pass('it goes on'); });`;
  t.strictSame(await failuresOf(t, code), ['too late']);
});
