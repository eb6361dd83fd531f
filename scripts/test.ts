import {
  appendFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import type { BrowserServer } from 'playwright-core';
import { temporaryPlace } from './temporary.ts';
import { startTestProcess, type TestFileResult, type TestProcess } from './test-file.ts';

const HELP = `npm test [-- PART ...]              the fast ring, or only its files whose path holds a PART
npm run test:full [-- PART ...]     the fast ring, and what needs Debian's packages or minutes
npm run test:weekly [-- PART ...]   what is too long for .ci/run

The last line is "N passed, N failed, N skipped"; the status is 0 where something passed and nothing failed.
TEST_JOBS=N     how many files at a time
TMPDIR=F        temporary files go below F; else into memory, where there is plenty
FC_SEED=N       generated tests as they were under this seed
TEST_LEDGER=F   the file F lists the files that pass; listed files are counted and not run again`;

const RINGS: Record<string, (file: string) => boolean> = {
  fast: (file) => !/\.(full|weekly)\.test\.ts$/.test(file),
  full: (file) => !file.endsWith('.weekly.test.ts'),
  weekly: (file) => file.endsWith('.weekly.test.ts'),
};

/** The seconds that each file took here in its last run. */
const SECONDS_FILE = 'node_modules/.cache/test-seconds.json';

const [ring = '', ...parts] = process.argv.slice(2);
const isOfRing = RINGS[ring];
if (!isOfRing || parts.some((part) => part.startsWith('-'))) {
  console.log(HELP);
  process.exit(isOfRing && parts.every((part) => part === '--help') ? 0 : 1);
}
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `The tests run on Node 24, not ${process.version}: on Linux x64 run them by npm test, which brings its own.`,
  );
  process.exit(1);
}
const named = globSync('test/**/*.test.ts').filter(
  (file) => parts.length === 0 || parts.some((part) => file.includes(part)),
);
const wanted = named.filter(isOfRing);
if (wanted.length === 0) {
  console.error(`No test of this ring has ${parts.join(' or ')} in its path.`);
  for (const file of named) console.error(`In another ring: ${file}`);
  process.exit(1);
}
const ledger = process.env['TEST_LEDGER'];
const before = readLedger().filter(({ file }) => wanted.includes(file));
const toRun = wanted.filter((file) => before.every((result) => result.file !== file));
// One more than there are cores, because tests wait: for timers, and for each other's processes.
const jobs = Number(process.env['TEST_JOBS']) || availableParallelism() + 1;
console.log(`${toRun.length} test files, ${jobs} at a time`);
if (before.length > 0) console.log(`passed already, counted and not run again: ${before.length}`);

// Two runs share no temporary file. The files that a test leaves behind are deleted with its run.
const temporary = mkdtempSync(join(temporaryPlace(), 'gateway-run-'));
process.env['TMPDIR'] = temporary;
const running = new Set<TestProcess>();
process.on('exit', () => {
  for (const one of running) one.kill();
  rmSync(temporary, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

const calls = (file: string, ...names: string[]) => {
  const source = readFileSync(file, 'utf8');
  return names.some((name) => source.includes(`${name}(`));
};
const ofShell = toRun.filter((file) => calls(file, 'launchShell'));
const ofChromium = toRun.filter((file) => calls(file, 'launchChromium', 'launchProfile'));
const left = new Map<string, string>();
let browser: BrowserServer | undefined;
if (ofShell.length + ofChromium.length > 0) {
  const { noChromium, serveShell } = await import('../test/support/chromium.ts');
  const whyNoChromium = noChromium();
  if (whyNoChromium) for (const file of ofChromium) left.set(file, whyNoChromium);
  const shell = ofShell.length > 0 ? await serveShell() : undefined;
  if (typeof shell === 'string') for (const file of ofShell) left.set(file, shell);
  else browser = shell;
}
const results = await runAll(
  longestFirst(toRun.filter((file) => !left.has(file))),
  browser ? { TEST_SHELL: browser.wsEndpoint() } : {},
);
await browser?.close();
writeJson(SECONDS_FILE, {
  ...readSeconds(),
  ...Object.fromEntries(results.map((one) => [one.file, one.seconds])),
});

const counted = [...before, ...results];
for (const { file, skipped } of counted) for (const name of skipped) console.log(`skipped: ${file}: ${name}`);
for (const [file, reason] of left) console.log(`skipped: ${file}: ${reason}`);
for (const { file, failed } of counted) if (failed > 0) console.log(`failed: ${file}`);
const total = (count: (result: TestFileResult) => number) =>
  counted.reduce((sum, result) => sum + count(result), 0);
const passed = total((result) => result.passed);
const failed = total((result) => result.failed);
console.log(
  `${passed} passed, ${failed} failed, ${total(({ skipped }) => skipped.length) + left.size} skipped`,
);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

async function runAll(queue: string[], more: Record<string, string>): Promise<TestFileResult[]> {
  const done: TestFileResult[] = [];
  const count = queue.length;
  const alone = queue.filter(runsAlone);
  const together = queue.filter((file) => !alone.includes(file));
  // Dozens of files synthesize the template, and the CDK's check against AWS's rules takes long. test/infra makes this
  // check.
  const env = { ...process.env, ...more, CDK_VALIDATION: 'false', TAP_TIMEOUT: '240' };
  const start = () => {
    const one = startTestProcess(env);
    running.add(one);
    return one;
  };
  const end = async (one: TestProcess) => {
    await one.end();
    running.delete(one);
  };
  const work = async (files: string[]) => {
    let shared: TestProcess | undefined;
    for (let file = files.shift(); file !== undefined; file = files.shift()) {
      const isOwn = wantsOwnProcess(file);
      const one = isOwn ? start() : (shared ?? start());
      const result = await one.run(file);
      const isKept = !isOwn && !one.isOver();
      if (!isKept) await end(one);
      if (!isOwn) shared = isKept ? one : undefined;
      done.push(result);
      const verdict = result.failed > 0 ? `not ok, ${result.failed} failed,` : 'ok';
      console.log(
        `${done.length}/${count} ${verdict} ${file} (${result.passed} in ${result.seconds.toFixed(1)} s)`,
      );
      if (result.failed > 0) console.log(result.report);
      else if (ledger && result.skipped.length === 0) appendFileSync(ledger, `${JSON.stringify(result)}\n`);
    }
    if (shared) await end(shared);
  };
  await Promise.all(Array.from({ length: jobs }, () => work(together)));
  await work(alone);
  return done;
}

/** A test that measures time or memory, or that disturbs others, has the machine for itself, after all others. */
function runsAlone(file: string): boolean {
  return /^\/\/ Runs alone\b/m.test(readFileSync(file, 'utf8'));
}

/** The files of the fast ring share processes, except those with a comment that says why they do not. */
function wantsOwnProcess(file: string): boolean {
  return (
    !RINGS['fast']?.(file) || /^\/\/ (?:Runs alone|Has its own process)\b/m.test(readFileSync(file, 'utf8'))
  );
}

/**
 * A long file that begins last would run alone. A file without a known time may be long, the more so if it asks tap for
 * a longer limit.
 */
function longestFirst(files: string[]): string[] {
  const seconds = readSeconds();
  const of = (file: string) => {
    const [, limitMs = '240_000'] = /^\s*t\.setTimeout\(([\d_]+)\)/m.exec(readFileSync(file, 'utf8')) ?? [];
    return seconds[file] ?? Number(limitMs.replaceAll('_', '')) / 1_000;
  };
  return files.toSorted((a, b) => of(b) - of(a));
}

function readSeconds(): Record<string, number> {
  return existsSync(SECONDS_FILE) ? JSON.parse(readFileSync(SECONDS_FILE, 'utf8')) : {};
}

function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  // Written at once, since another run may read it.
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(value));
  renameSync(`${file}.${process.pid}`, file);
}

function readLedger(): TestFileResult[] {
  if (!ledger || !existsSync(ledger)) return [];
  return readFileSync(ledger, 'utf8')
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
