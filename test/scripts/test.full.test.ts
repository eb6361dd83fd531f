import {
  cpSync,
  existsSync,
  globSync,
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

t.test('a test with a comment that says so runs after all others', async (t) => {
  const { directory, run } = project(t, {
    'a.test.ts': '// Runs alone, because it measures.\nt.pass();',
    'b.test.ts': 't.pass();',
    'c.test.ts': 't.pass();',
  });
  await run(['fast']);
  t.equal(readFileSync(join(directory, 'ran'), 'utf8').trimEnd().split('\n').at(-1), 'a.test.ts');
  const repository = globSync('test/**/*.full.test.ts', { cwd: ROOT });
  const alone = repository.filter((file) =>
    /^\/\/ Runs alone\b/m.test(readFileSync(join(ROOT, file), 'utf8')),
  );
  t.strictSame(alone.toSorted(), [
    'test/containers.full.test.ts',
    'test/drill/drill.full.test.ts',
    'test/edge/local/cache/streaming.full.test.ts',
  ]);
});

t.test('of files without a known time, the one that asks for the longest limit begins first', async (t) => {
  const { directory, run } = project(t, {
    'a.test.ts': 't.pass();',
    'b.test.ts': 't.setTimeout(300_000); t.pass();',
    'c.test.ts': 't.setTimeout(900_000); t.pass();',
  });
  await run(['fast'], { TEST_JOBS: '1' });
  const ran = readFileSync(join(directory, 'ran'), 'utf8').trimEnd().split('\n');
  t.strictSame(ran, ['c.test.ts', 'b.test.ts', 'a.test.ts']);
});

t.test('files share a process, which each finds as the one before it did', async (t) => {
  const { run, ran } = project(t, {
    'a.test.ts':
      "t.pass(); process.env.LEFT = 'a'; delete process.env.HOME; appendFileSync('ran', 'a ' + process.pid + '\\n');",
    'b.test.ts':
      "t.strictSame([process.env.LEFT, typeof process.env.HOME], [undefined, 'string']); appendFileSync('ran', 'b ' + process.pid + '\\n');",
    'c.test.ts':
      "// Has its own process, because it asks.\nt.pass(); appendFileSync('ran', 'c ' + process.pid + '\\n');",
    'd.test.ts': "t.pass(); process.on('SIGHUP', () => {});",
    'e.test.ts': "t.equal(process.listenerCount('SIGHUP'), 0); t.test('never', () => new Promise(() => {}));",
    'f.test.ts':
      "t.pass(); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1); setTimeout(() => {}, 1e6);",
    'h.test.ts':
      "t.pass(); process.memoryUsage.rss = () => 2e9; appendFileSync('ran', 'h ' + process.pid + '\\n');",
    'i.test.ts': "t.pass(); appendFileSync('ran', 'i ' + process.pid + '\\n');",
    'j.test.ts': "t.pass(); process.getBuiltinModule('http').createServer().listen(0, '127.0.0.1');",
    'k.test.ts':
      "t.test('ends', async (t) => { t.pass(); }); setTimeout(() => { throw new Error('too late'); }, 50);",
    'g.test.ts': "t.teardown(() => appendFileSync('ran', 'end of g\\n')); t.pass();",
  });
  const { lines } = await run(['fast'], { TEST_JOBS: '1', TAP_TIMEOUT: '4' });
  const pidOf = (name: string) =>
    ran()
      .find((line) => line.startsWith(`${name} `))
      ?.slice(2);
  t.ok(pidOf('a'));
  t.equal(pidOf('a'), pidOf('b'));
  t.not(pidOf('a'), pidOf('c'));
  t.not(pidOf('h'), pidOf('i'), 'too much memory');
  t.ok(ran().includes('end of g'));
  t.strictSame(lines.filter((line) => /^(?:failed|left (?!.*PipeWrap))/.test(line)).toSorted(), [
    'failed: test/d.test.ts',
    'failed: test/e.test.ts',
    'failed: test/f.test.ts',
    'failed: test/j.test.ts',
    'failed: test/k.test.ts',
    'left to the next file: TCPServerWrap is open',
    'left to the next file: listeners of SIGHUP changed',
  ]);
  for (const said of [/not ok .*test unfinished/, /ended by SIGKILL/, /Error: too late/])
    t.match(lines.join('\n'), said, String(said));
  t.equal(lines.at(-1), '9 passed, 7 failed, 0 skipped');
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
