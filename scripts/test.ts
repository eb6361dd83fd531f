import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, freemem, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './test-worker.ts';

const HELP = `npm test [-- PART ...]              the fast ring, or only its files whose path holds a PART
npm run test:full [-- PART ...]     the fast ring, and what needs Debian's packages or minutes
npm run test:weekly [-- PART ...]   what is too long for .ci/run

The last line is "N passed, N failed, N skipped"; the status is 0 where something passed and nothing failed.
TEST_JOBS=N     how many files at a time
TMPDIR=F        temporary files go below F; else into memory, where there is plenty
FC_SEED=N       generated tests as they were under this seed`;

const RINGS: Record<string, (file: string) => boolean> = {
  fast: (file) => !/\.(full|weekly)\.test\.ts$/.test(file),
  full: (file) => !file.endsWith('.weekly.test.ts'),
  weekly: (file) => file.endsWith('.weekly.test.ts'),
};
/** The seconds that each file took here in its last run. */
const SECONDS_FILE = 'node_modules/.cache/test-seconds.json';
const WORKER = fileURLToPath(new URL('test-worker.ts', import.meta.url));
/** TAP_TIMEOUT is the limit that a file asks of tap. This limit is for a file that blocks its process. */
const LAST_RESORT_MS = 1_200_000;

const [ring = '', ...parts] = process.argv.slice(2);
const isOfRing = RINGS[ring];
if (!isOfRing || parts.some((part) => part.startsWith('-'))) {
  console.log(HELP);
  process.exit(isOfRing && parts.every((part) => part === '--help') ? 0 : 1);
}
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(`The tests run on Node 24, not ${process.version}. On Linux x64, npm test brings its own.`);
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
const sources = new Map(wanted.map((file) => [file, readFileSync(file, 'utf8')]));
const says = (file: string, pattern: RegExp) => pattern.test(sources.get(file) ?? '');
// More than there are cores, because tests wait almost half of the time: for timers, and for each other's processes.
const jobs = Number(process.env['TEST_JOBS']) || availableParallelism() + 2;
console.log(`${wanted.length} test files, ${jobs} at a time`);

// Two runs share no temporary file. The files that a test leaves behind are deleted with its run.
const temporary = mkdtempSync(join(temporaryPlace(), 'gateway-run-'));
const env: NodeJS.ProcessEnv = { TAP_TIMEOUT: '240', ...process.env, TMPDIR: temporary };
process.env['TMPDIR'] = temporary;
// Dozens of files synthesize the template, and the CDK's check against AWS's rules takes long. test/infra makes this
// check.
env['CDK_VALIDATION'] = 'false';
const running = new Set<ReturnType<typeof startTestProcess>>();
process.on('exit', () => {
  for (const one of running) one.kill();
  rmSync(temporary, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

const cannotRun = new Map<string, string>();
const browser = await startBrowser();
const seconds: Record<string, number> = existsSync(SECONDS_FILE)
  ? JSON.parse(readFileSync(SECONDS_FILE, 'utf8'))
  : {};
const outcomes = await runAll(longestFirst(wanted.filter((file) => !cannotRun.has(file))));
await browser?.close();
mkdirSync(dirname(SECONDS_FILE), { recursive: true });
// Written at once, since another run may read it.
writeFileSync(`${SECONDS_FILE}.${process.pid}`, JSON.stringify(seconds));
renameSync(`${SECONDS_FILE}.${process.pid}`, SECONDS_FILE);

for (const { file, skipped } of outcomes)
  for (const name of skipped) console.log(`skipped: ${file}: ${name}`);
for (const [file, reason] of cannotRun) console.log(`skipped: ${file}: ${reason}`);
for (const { file, failed } of outcomes) if (failed > 0) console.log(`failed: ${file}`);
const total = (count: (outcome: Outcome) => number) => outcomes.reduce((sum, each) => sum + count(each), 0);
const passed = total((outcome) => outcome.passed);
const failed = total((outcome) => outcome.failed);
const skipped = total((outcome) => outcome.skipped.length) + cannotRun.size;
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

/** Starts one browser for all files that use it. Notes the files that lack their browser. */
async function startBrowser() {
  const ofShell = wanted.filter((file) => says(file, /\blaunchShell\(/));
  const ofChromium = wanted.filter((file) => says(file, /\blaunch(?:Chromium|Profile)\(/));
  if (ofShell.length + ofChromium.length === 0) return undefined;
  const { noChromium, serveShell } = await import('../test/support/chromium.ts');
  const reason = noChromium();
  if (reason) for (const file of ofChromium) cannotRun.set(file, reason);
  if (ofShell.length === 0) return undefined;
  const shell = await serveShell();
  if (typeof shell !== 'string') {
    env['TEST_SHELL'] = shell.wsEndpoint();
    return shell;
  }
  for (const file of ofShell) cannotRun.set(file, shell);
  return undefined;
}

async function runAll(queue: string[]): Promise<Outcome[]> {
  const done: Outcome[] = [];
  const count = queue.length;
  // A test that measures time or memory, or that disturbs others, has the machine for itself, after all others.
  const alone = queue.filter((file) => says(file, /^\/\/ Runs alone\b/m));
  const together = queue.filter((file) => !alone.includes(file));
  const work = async (files: string[]) => {
    let shared: ReturnType<typeof startTestProcess> | undefined;
    for (let file = files.shift(); file !== undefined; file = files.shift()) {
      // The files of the fast ring share processes, except those with a comment that says why they do not.
      const isOwn = !RINGS['fast']?.(file) || says(file, /^\/\/ (?:Runs alone|Has its own process)\b/m);
      const one = isOwn ? startTestProcess() : (shared ?? startTestProcess());
      const begunMs = Date.now();
      const { outcome, report } = await one.run(file);
      const took = (Date.now() - begunMs) / 1_000;
      const isKept = !isOwn && !one.isOver();
      if (!isKept) await one.end();
      if (!isOwn) shared = isKept ? one : undefined;
      done.push(outcome);
      seconds[file] = took;
      const verdict = outcome.failed > 0 ? `not ok, ${outcome.failed} failed,` : 'ok';
      console.log(`${done.length}/${count} ${verdict} ${file} (${outcome.passed} in ${took.toFixed(1)} s)`);
      if (outcome.failed > 0) console.log(report);
    }
    await shared?.end();
  };
  await Promise.all(Array.from({ length: jobs }, () => work(together)));
  await work(alone);
  return done;
}

/** Starts a process that runs one file after another, in a process group of its own. */
function startTestProcess() {
  const child = fork(WORKER, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env, detached: true });
  let output = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (output += text));
  child.stderr?.setEncoding('utf8').on('data', (text) => (errors += text));
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The group has already ended.
    }
  };
  // Processes that a file started and did not stop end with it.
  child.once('exit', kill);
  // The process may end before its last message is read. The channel ends after it.
  const closed = Promise.all([once(child, 'close'), once(child, 'disconnect')]);
  const one = {
    async run(file: string): Promise<{ outcome: Outcome; report: string }> {
      output = '';
      errors = '';
      const limit = setTimeout(kill, LAST_RESORT_MS);
      const said = new Promise<Outcome>((resolve) => {
        // tap sends messages too.
        child.on('message', (heard: Outcome) => heard.file === file && resolve(heard));
      });
      child.send(file);
      const heard = await Promise.race([said, closed.then(() => undefined)]);
      child.removeAllListeners('message');
      clearTimeout(limit);
      const [[, signal]] = !heard || heard.isLast ? await closed : [[]];
      const outcome = heard ?? { file, passed: 0, failed: 1, skipped: [], left: [], isLast: true };
      const left = outcome.left.map((what) => `left to the next file: ${what}\n`).join('');
      const ending = signal ? `ended by ${signal}\n` : '';
      return { outcome, report: `${failuresOf(output) + left || output}\n${errors}${ending}` };
    },
    isOver: () => child.exitCode !== null || child.signalCode !== null,
    kill,
    async end(): Promise<void> {
      kill();
      await closed;
      running.delete(one);
    },
  };
  running.add(one);
  return one;
}

/** The lines of the failures, with all their details. */
function failuresOf(tap: string): string {
  const failures = /^\s*not ok (?!.*# (?:SKIP|TODO)\b).*\n(?:\s+---\n(?:.*\n)*?\s+\.\.\.\n)?/gim;
  return (tap.match(failures) ?? []).join('');
}

/** A long file that begins last would run alone. A file without a known time counts as its limit at tap. */
function longestFirst(files: string[]): string[] {
  const of = (file: string) => {
    const [, limitMs = '240_000'] = /^\s*t\.setTimeout\(([\d_]+)\)/m.exec(sources.get(file) ?? '') ?? [];
    return seconds[file] ?? Number(limitMs.replaceAll('_', '')) / 1_000;
  };
  return files.toSorted((a, b) => of(b) - of(a));
}

/**
 * The directory for the temporary files: TMPDIR, if it is set. Otherwise memory, if there is plenty and programs may run
 * from there, since the local stores wait for a disk at each write. Otherwise the system's directory.
 */
function temporaryPlace(): string {
  const [memory, mounts] = ['/dev/shm', '/proc/self/mounts'];
  /** Images of containers and npm's packages need so much at one time. */
  const ROOM_BYTES = 12 * 2 ** 30;
  if (process.env['TMPDIR'] || !existsSync(mounts) || !existsSync(memory)) return tmpdir();
  const [, options = 'ro'] = /^\S+ \/dev\/shm tmpfs (\S+)/m.exec(readFileSync(mounts, 'utf8')) ?? [];
  if (/\b(?:ro|noexec|nodev)\b/.test(options)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return Math.min(bavail * bsize, freemem()) >= ROOM_BYTES ? memory : tmpdir();
}
