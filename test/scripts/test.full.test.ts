import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { runCommand } from '../support/clone.ts';
import { temporaryDirectory } from '../support/test-stack.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A project with only these test files. Returns the output of the runner. */
function project(t: Test, files: Record<string, string>) {
  const directory = temporaryDirectory(t);
  for (const path of ['scripts', 'test/support/chromium.ts', 'package.json']) {
    cpSync(join(ROOT, path), join(directory, path), { recursive: true });
  }
  mkdirSync(join(directory, 'node_modules'));
  for (const name of ['tap', 'playwright-core']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(directory, 'node_modules', name));
  }
  for (const [name, code] of Object.entries(files)) {
    const imports = "import t from 'tap';\nimport { appendFileSync } from 'node:fs';\n";
    writeFileSync(join(directory, 'test', name), `${imports}appendFileSync('ran', '${name}\\n');\n${code}`);
  }
  const temporary = join(directory, 'tmp');
  mkdirSync(temporary);
  const run = async (args: string[], env: Record<string, string> = {}) => {
    const command = runCommand(directory, ['node', 'scripts/test.ts', ...args], {
      TMPDIR: temporary,
      TEST_JOBS: '2',
      ...env,
    });
    const status = await command.exit;
    return { status, lines: command.output().trimEnd().split('\n') };
  };
  const ran = () => readFileSync(join(directory, 'ran'), 'utf8').trimEnd().split('\n').toSorted();
  return { directory, temporary, run, ran };
}

t.test('a test that fails, ends early, or tests nothing is named, with its output', async (t) => {
  const { run, temporary } = project(t, {
    'good.test.ts':
      "t.equal(1, 1); t.equal(2, 2); process.getBuiltinModule('fs').mkdtempSync(process.env.TMPDIR + '/left-');",
    'bad.test.ts':
      "t.test('sums', async (t) => { t.equal(1, 1); t.strictSame([1 + 1], [3], 'one and one'); });",
    'broken.test.ts': "console.error('on its way'); throw new Error('it broke');",
    'empty.test.ts': '',
    'skipped.test.ts': "t.pass(); t.test('later', { skip: 'no moon' }, async () => {});",
    'slow.full.test.ts': 't.fail();',
    'long.weekly.test.ts': 't.fail();',
  });
  const { status, lines } = await run(['fast']);
  t.equal(status, 1);
  t.equal(lines[0], '5 test files, 2 at a time');
  t.strictSame(lines.slice(-5, -1).toSorted(), [
    'failed: test/bad.test.ts',
    'failed: test/broken.test.ts',
    'failed: test/empty.test.ts',
    'skipped: test/skipped.test.ts: later # SKIP no moon',
  ]);
  t.equal(lines.at(-1), '4 passed, 3 failed, 1 skipped');
  for (const said of [/not ok 2 - one and one/, /\+ {2}2,/, /on its way/, /it broke/])
    t.match(lines.join('\n'), said, String(said));
  t.strictSame(readdirSync(temporary), [], 'the files that a test leaves go with the run');
});

t.test('a part of a path chooses files of a ring', async (t) => {
  const { run, ran } = project(t, {
    'edge-a.test.ts': 't.pass();',
    'edge-b.full.test.ts': 't.pass();',
    'other.test.ts': 't.pass();',
    'edge-c.weekly.test.ts': 't.pass();',
  });
  t.strictSame((await run(['fast', 'edge'])).lines.at(-1), '1 passed, 0 failed, 0 skipped');
  t.strictSame(ran(), ['edge-a.test.ts']);
  t.strictSame(await run(['fast', 'edge-b']), {
    status: 1,
    lines: ['No test of this ring has edge-b in its path.', 'In another ring: test/edge-b.full.test.ts'],
  });
  t.equal((await run(['full', 'edge', 'other'])).lines.at(-1), '3 passed, 0 failed, 0 skipped');
  t.equal((await run(['weekly'])).lines.at(-1), '1 passed, 0 failed, 0 skipped');
  const help = await run(['fast', '--help']);
  t.equal(help.status, 0);
  t.match(help.lines[0], 'npm test [-- PART ...]');
  t.equal((await run(['fast', '--wrong'])).status, 1);
});

t.test('a run that is stopped stops its tests, and leaves nothing', async (t) => {
  const { directory, temporary } = project(t, {
    'endless.test.ts': "appendFileSync('pid', String(process.pid)); setInterval(() => {}, 1_000);",
  });
  const command = runCommand(directory, ['node', 'scripts/test.ts', 'fast'], { TMPDIR: temporary });
  while (!existsSync(join(directory, 'pid'))) await new Promise((resolve) => setTimeout(resolve, 20));
  command.child.kill('SIGINT');
  t.equal(await command.exit, 130);
  const pid = Number(readFileSync(join(directory, 'pid'), 'utf8'));
  const isGone = () => !existsSync(`/proc/${pid}`) || / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  while (!isGone()) await new Promise((resolve) => setTimeout(resolve, 20));
  t.strictSame(readdirSync(temporary), []);
});
