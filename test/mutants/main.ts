import { createHash } from 'node:crypto';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { transformSync } from 'esbuild';
import { serveShell } from '../support/chromium.ts';
import { linkPackages } from '../support/clone.ts';
import { isLoaded, readCoverage, testsOf } from './coverage.ts';
import { type Mutation, mutationsOf } from './mutations.ts';
import { MAY_LIVE, ROOMS } from './rooms.ts';
import { runTest } from './run-test.ts';

const HELP = `npm run mutants [-- PART ...]   changes sources whose path holds a PART, and asks the tests to notice

--sample N   at most N mutants a room (20)
--seed N     which ones (today's date in UTC)

The table has a line for each room; the status is 0 where each room reaches its goal (test/mutants/rooms.ts).`;

const SOURCES = '{core,edge,infra,services}/**/*.{ts,tsx}';
/** Types and words are data. */
const NO_SOURCES = /\.d\.ts$|\/words|messages/;
/** Sources that run in a browser, where V8's coverage of a test's process sees nothing. */
const IN_BROWSER = /^services\/web\/(?:client|page)\//;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', default: false },
    sample: { type: 'string', default: '20' },
    seed: { type: 'string', default: new Date().toISOString().slice(0, 10).replaceAll('-', '') },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const sample = Number(values.sample);
if (!Number.isInteger(sample) || sample < 1) {
  console.error('--sample must be a whole number from 1');
  process.exit(1);
}

interface Mutant extends Mutation {
  file: string;
  line: number;
}

const files = globSync(SOURCES).filter(
  (file) =>
    !NO_SOURCES.test(file) && (positionals.length === 0 || positionals.some((part) => file.includes(part))),
);
const chosen = ROOMS.flatMap(({ room }) =>
  sampled(files.filter((file) => roomOf(file) === room).flatMap(mutantsOf), sample),
);
if (chosen.length === 0) {
  console.error(`No source that is judged has ${positionals.join(' or ')} in its path.`);
  process.exit(1);
}
console.log(`${chosen.length} mutants, seed ${values.seed}`);
// No other room's test runs what runs in a browser only.
const folder = chosen.every(({ file }) => IN_BROWSER.test(file)) ? 'test/services/web' : 'test';
const tests = globSync(`${folder}/**/*.test.ts`).filter((test) => !/\.(?:full|weekly)\.test\.ts$/.test(test));
const browserTests = globSync('test/services/web/**/*.full.test.ts');
const trees: string[] = [];
process.on('exit', () => {
  for (const tree of trees) rmSync(tree, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
// One browser for all tests, as scripts/test.ts has it.
const shell = await serveShell();
if (typeof shell === 'string') console.error(shell);
else process.env['TEST_SHELL'] = shell.wsEndpoint();
const coverage = await readCoverage(tests);
const results = new Map<string, { killed: number; lived: number; allowed: number }>();
/** Whether a test passes in a copy where nothing is changed. */
const sound = new Map<string, boolean>();
const queue = [...chosen];
await Promise.all(Array.from({ length: availableParallelism() }, judgeAll));
for (const { room, goal } of ROOMS) {
  const { killed, lived, allowed } = results.get(room) ?? { killed: 0, lived: 0, allowed: 0 };
  if (killed + lived + allowed === 0) continue;
  const score = killed + lived === 0 ? 1 : killed / (killed + lived);
  if (score < goal) process.exitCode = 1;
  const verdict = score < goal ? `below ${goal * 100} %` : '';
  console.log(`| ${room} | ${killed} | ${lived} | ${allowed} | ${Math.round(score * 100)} % | ${verdict}`);
}
if (typeof shell !== 'string') await shell.close();

async function judgeAll(): Promise<void> {
  const tree = createTree();
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const { file, line, what } = mutant;
    const killer = await judge(tree, mutant);
    const isAllowed = killer === undefined && mayLive(mutant);
    const result = results.get(roomOf(file)) ?? { killed: 0, lived: 0, allowed: 0 };
    result[killer !== undefined ? 'killed' : isAllowed ? 'allowed' : 'lived'] += 1;
    results.set(roomOf(file), result);
    const verdict = killer !== undefined ? `killed by ${killer}` : isAllowed ? 'may live' : 'LIVES';
    console.log(`${file}:${line} ${what}: ${verdict}${verdict === 'LIVES' ? `\n    ${shown(mutant)}` : ''}`);
  }
}

/** @returns the test that fails, or undefined where all pass */
async function judge(tree: string, mutant: Mutant): Promise<string | undefined> {
  const { file, start, end, replacement } = mutant;
  const path = join(tree, file);
  const source = readFileSync(path, 'utf8');
  const changed = source.slice(0, start) + replacement + source.slice(end);
  writeFileSync(path, changed);
  try {
    for (const { test, seconds } of candidates(mutant)) {
      // A changed source may have to be built first.
      const limit = { limitMs: 60_000 + 5_000 * seconds };
      if (sound.get(test) === false || (await runTest(tree, test, limit))) continue;
      if (!sound.has(test)) {
        writeFileSync(path, source);
        sound.set(test, await runTest(tree, test, limit));
        writeFileSync(path, changed);
        if (!sound.get(test)) {
          console.error(`left out, since it fails in an unchanged copy: ${test}`);
          process.exitCode = 1;
        }
      }
      if (sound.get(test)) return test;
    }
    return undefined;
  } finally {
    writeFileSync(path, source);
  }
}

/**
 * The tests that run the place. Nobody knows them where the place runs in a browser: then all tests of the room, those
 * first whose path is most like the file's, the fast before the full ones.
 */
function candidates({ file, start }: Mutant): { test: string; seconds: number }[] {
  const seen = testsOf(coverage, file, start);
  if (isLoaded(coverage, file) && !IN_BROWSER.test(file)) return seen;
  const room = `test/${roomOf(file)}/`;
  const words = file.slice(roomOf(file).length).split(/\W/);
  const rank = (test: string) =>
    2 * test.split(/\W/).filter((word) => words.includes(word)).length - (test.includes('.full.') ? 1 : 0);
  const others = [...coverage.keys(), ...browserTests]
    .filter((test) => test.startsWith(room) && !seen.some((one) => one.test === test))
    .map((test) => ({ test, seconds: coverage.get(test)?.seconds ?? 60 }))
    .toSorted((a, b) => rank(b.test) - rank(a.test) || a.seconds - b.seconds);
  return [...seen, ...others];
}

/** A copy of the project, since builds read sources from the disk. */
function createTree(): string {
  const tree = mkdtempSync(join(tmpdir(), 'gateway-mutants-'));
  trees.push(tree);
  const isCopied = (path: string) => !/^(?:node_modules|\.git|\.local|dist|test-results)(?:\/|$)/.test(path);
  for (const name of globSync('{*,.*}').filter(isCopied)) cpSync(name, join(tree, name), { recursive: true });
  linkPackages(tree);
  return tree;
}

function mutantsOf(file: string): Mutant[] {
  const source = readFileSync(file, 'utf8');
  return mutationsOf(file, source)
    .filter(({ start, end, replacement }) => isCode(source.slice(0, start) + replacement + source.slice(end)))
    .map((mutation) => ({ ...mutation, file, line: source.slice(0, mutation.start).split('\n').length }));
}

/** A change that does not parse is seen by everybody. */
function isCode(source: string): boolean {
  try {
    transformSync(source, { loader: 'tsx', logLevel: 'silent' });
    return true;
  } catch {
    return false;
  }
}

/** Mutants chosen by the seed. */
function sampled(mutants: Mutant[], count: number): Mutant[] {
  const random = ({ file, line, what, replacement }: Mutant) =>
    createHash('sha256')
      .update(`${values.seed} ${file} ${line} ${what} ${replacement}`)
      .digest()
      .readUInt32BE();
  return mutants
    .map((mutant) => ({ mutant, order: random(mutant) / mutant.weight }))
    .toSorted((a, b) => a.order - b.order)
    .slice(0, count)
    .map(({ mutant }) => mutant);
}

function roomOf(file: string): string {
  const order = ROOMS.toSorted((a, b) => b.room.length - a.room.length);
  return order.find(({ room }) => file.startsWith(`${room}/`))?.room ?? '';
}

function lineOf({ file, line }: Mutant): string {
  return readFileSync(file, 'utf8').split('\n')[line - 1]?.trim() ?? '';
}

function shown(mutant: Mutant): string {
  const source = readFileSync(mutant.file, 'utf8').slice(mutant.start, mutant.end);
  return `${lineOf(mutant)}    [${source.split('\n')[0]} -> ${mutant.replacement.split('\n')[0]}]`;
}

function mayLive(mutant: Mutant): boolean {
  const line = lineOf(mutant);
  return MAY_LIVE.some((one) => one.file === mutant.file && one.line === line && one.what === mutant.what);
}
