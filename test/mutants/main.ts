import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { transformSync } from 'esbuild';
import { isLoaded, readCoverage, testsOf } from './coverage.ts';
import { type Mutation, mutationsOf } from './mutations.ts';
import { MAY_LIVE, ROOMS } from './rooms.ts';
import { runTest } from './run-test.ts';

const HELP = `npm run mutants [-- PART ...]   changes sources whose path holds a PART, and asks the fast ring to notice

--sample N   at most N mutants a room (20)
--seed N     which ones (today's date)

The table has a line for each room; the status is 0 where each room reaches its goal (test/mutants/rooms.ts).`;

const SOURCES = '{core,edge,infra,services}/**/*.{ts,tsx}';
/** Words, types and prices are data. The strip and the page's entry only start others. */
const NO_SOURCES = /\.d\.ts$|\/words|messages|\/words\.ts$/;

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

interface Mutant extends Mutation {
  file: string;
  line: number;
}

const files = globSync(SOURCES).filter(
  (file) =>
    !NO_SOURCES.test(file) && (positionals.length === 0 || positionals.some((part) => file.includes(part))),
);
const chosen = ROOMS.flatMap(({ room }) =>
  sampled(files.filter((file) => roomOf(file) === room).flatMap(mutantsOf), Number(values.sample)),
);
console.log(`${chosen.length} mutants, seed ${values.seed}`);
const tests = globSync('test/**/*.test.ts').filter((file) => !/\.(?:full|weekly)\.test\.ts$/.test(file));
const coverage = await readCoverage(tests);
const results = new Map<string, { killed: number; lived: number; allowed: number }>();
const trees: string[] = [];
process.on('exit', () => {
  for (const tree of trees) rmSync(tree, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
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
  writeFileSync(path, source.slice(0, start) + replacement + source.slice(end));
  try {
    for (const { test, seconds } of candidates(mutant)) {
      if (!(await runTest(tree, test, { limitMs: 20_000 + 5_000 * seconds }))) return test;
    }
    return undefined;
  } finally {
    writeFileSync(path, source);
  }
}

function candidates({ file, start }: Mutant): { test: string; seconds: number }[] {
  if (isLoaded(coverage, file)) return testsOf(coverage, file, start);
  const room = `test/${roomOf(file)}/`;
  return tests
    .filter((test) => test.startsWith(room))
    .map((test) => ({ test, seconds: coverage.get(test)?.seconds ?? 60 }))
    .toSorted((a, b) => a.seconds - b.seconds);
}

/** A copy of the project, since builds read sources from the disk. */
function createTree(): string {
  const tree = mkdtempSync(join(tmpdir(), 'gateway-mutants-'));
  trees.push(tree);
  const isCopied = (path: string) => !/^(?:node_modules|\.git|\.local|dist|test-results)(?:\/|$)/.test(path);
  for (const name of globSync('{*,.*}').filter(isCopied)) cpSync(name, join(tree, name), { recursive: true });
  symlinkSync(resolve('node_modules'), join(tree, 'node_modules'));
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
  let state = Number(values.seed) >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return mutants
    .map((mutant) => ({ mutant, order: random() / mutant.weight }))
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
