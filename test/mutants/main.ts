import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { transformSync } from 'esbuild';
import { serveShell } from '../support/chromium.ts';
import { isLoaded, readCoverage, type TestOfPlace, testsBelow, testsOf } from './coverage.ts';
import { createTree, judge, type Mutant } from './judge.ts';
import { type Mutation, mutationsOf } from './mutations.ts';
import { MAY_LIVE, ROOMS } from './rooms.ts';
import { isRefused } from './types.ts';
import { usesOf } from './uses.ts';

const HELP = `npm run mutants [-- PART ...]   changes sources whose path holds a PART, and asks the tests to notice

--sample N   at most N mutants a room (20)
--total N    N mutants of all rooms in proportion, and no sample of each
--seed N     which ones (today's date in UTC)

The table has a line for each room: how many changes a test noticed by failing, how many by running four times as long
as without the change, and how many nobody noticed. Changes that may live, and those that the compiler refuses, are in no
sample: the next ones take their places. The status is 0 where each room reaches its goal (test/mutants/rooms.ts).`;

const SOURCES = '{core,edge,infra,services}/**/*.{ts,tsx}';
/** Types and words are data. */
const NO_SOURCES = /\.d\.ts$|\/words|messages/;
/** Sources that run in a browser, where V8's coverage of a test's process sees nothing. */
const IN_BROWSER = /^services\/(?:web\/(?:client|page)|local\/demo\/strip)\//;

/**
 * Some places are run by each test. Who would notice a change there is among the first ones. Tests that together take
 * longer are not asked.
 */
const PATIENCE_SECONDS = 90;
const FEWEST = 25;

type Verdict = 'killed' | 'timed out' | 'lives';
const NONE = { killed: 0, 'timed out': 0, lives: 0 };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', default: false },
    sample: { type: 'string', default: '20' },
    total: { type: 'string' },
    seed: { type: 'string', default: new Date().toISOString().slice(0, 10).replaceAll('-', '') },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const sample = Number(values.total ?? values.sample);
if (!Number.isInteger(sample) || sample < 1) {
  console.error('--sample and --total must be whole numbers from 1');
  process.exit(1);
}

const sources = globSync(SOURCES);
const files = sources.filter(
  (file) =>
    !NO_SOURCES.test(file) && (positionals.length === 0 || positionals.some((part) => file.includes(part))),
);
const left = { mayLive: 0, refused: 0 };
const mutants = ROOMS.map(({ room }) => files.filter((file) => roomOf(file) === room).flatMap(mutantsOf));
const chosen =
  values.total === undefined
    ? mutants.flatMap((ofRoom) => sampled(ofRoom, sample))
    : sampled(mutants.flat(), sample);
if (chosen.length === 0) {
  console.error(`No source that is judged has ${positionals.join(' or ')} in its path.`);
  process.exit(1);
}
console.log(
  `${chosen.length} mutants, seed ${values.seed}; left out: ${left.refused} that the compiler refuses, ${left.mayLive} that may live`,
);
const asked = ROOMS.filter(({ room }) => chosen.some(({ file }) => roomOf(file) === room));
const fastTests = asked
  .flatMap(({ askedOf }) => askedOf)
  .flatMap((folder) => globSync(`test/${folder}/**/*.test.ts`))
  .filter((test) => !/\.(?:full|weekly)\.test\.ts$/.test(test));
const fullTests = asked
  .flatMap(({ askedOf, isFull }) => (isFull ? askedOf : []))
  .flatMap((folder) => globSync(`test/${folder}/**/*.full.test.ts`));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
// One browser for all tests, as scripts/test.ts has it.
const shell = await serveShell();
if (typeof shell === 'string') console.error(shell);
else process.env['TEST_SHELL'] = shell.wsEndpoint();
const coverage = await readCoverage([...new Set([...fastTests, ...fullTests])]);
const results = new Map<string, Record<Verdict, number>>();
const queue = [...chosen];
await Promise.all(Array.from({ length: availableParallelism() }, judgeAll));
console.log('| room | killed | timed out | live | noticed | |');
for (const { room, goal } of ROOMS) {
  const result = results.get(room);
  if (!result) continue;
  const noticed = result.killed + result['timed out'];
  const score = noticed + result.lives === 0 ? 1 : noticed / (noticed + result.lives);
  if (score < goal) process.exitCode = 1;
  const counts = Object.values(result).join(' | ');
  console.log(
    `| ${room} | ${counts} | ${Math.round(score * 100)} % | ${score < goal ? `below ${goal * 100} %` : ''} |`,
  );
}
if (typeof shell !== 'string') await shell.close();

async function judgeAll(): Promise<void> {
  const tree = createTree();
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const notice = await judge(tree, mutant, testsFor(mutant));
    note(mutant, notice?.how ?? 'lives', notice && ` by ${notice.test}`);
  }
}

function note(mutant: Mutant, verdict: Verdict, by = ''): void {
  const { file, line, what } = mutant;
  const result = results.get(roomOf(file)) ?? { ...NONE };
  result[verdict] += 1;
  results.set(roomOf(file), result);
  const place = verdict === 'lives' ? `\n    ${shown(mutant)}` : '';
  console.log(`${file}:${line} ${what}: ${verdict}${by}${place}`);
}

/**
 * The tests that run the place, or where its value is used. Nobody knows them where the place runs in a browser: then all
 * tests of the room are asked, however long they take. First come those that are quick, run few sources, import the file
 * themselves, and have a path like the file's.
 */
function testsFor(mutant: Mutant): TestOfPlace[] {
  const { file } = mutant;
  const below = testsBelow(coverage, `test/${roomOf(file)}`);
  if (IN_BROWSER.test(file)) {
    // Only the slow ones may show the place. The tests of the client load nothing of the page.
    const isOfPage = file.startsWith('services/web/page/');
    return below
      .filter(({ test }) => !isOfPage || !test.startsWith('test/services/web/client/'))
      .toSorted((a, b) => costOf(a, file) - costOf(b, file));
  }
  const tests = new Map<string, TestOfPlace & { cost: number }>();
  for (const use of usesOf(mutant, sources)) {
    const ofUse = isLoaded(coverage, use.file) ? testsOf(coverage, use.file, use.start) : below;
    for (const one of ofUse) {
      const cost = costOf(one, use.file);
      if (cost < (tests.get(one.test)?.cost ?? Number.POSITIVE_INFINITY))
        tests.set(one.test, { ...one, cost });
    }
  }
  let left = PATIENCE_SECONDS;
  return [...tests.values()]
    .toSorted((a, b) => a.cost - b.cost)
    .filter(({ seconds }, index) => {
      left -= seconds;
      return left > 0 || index < FEWEST;
    });
}

function costOf({ test, seconds, breadth }: TestOfPlace, file: string): number {
  const words = new Set(file.split(/\W/));
  const alike = test.split(/\W/).filter((word) => words.has(word)).length;
  // A test imports the file, runs it as a program, or names the bundle that is built of it.
  const names = [`/${file}'`, `'${file}'`, `'${basename(file, '.ts')}.mjs'`];
  const text = readFileSync(test, 'utf8');
  const isNamed = names.some((name) => text.includes(name));
  return (seconds * breadth) / 3 ** (alike + (isNamed ? words.size : 0));
}

function mutantsOf(file: string): Mutant[] {
  const source = readFileSync(file, 'utf8');
  const lineOf = (offset: number) => source.slice(0, offset).split('\n').length;
  return mutationsOf(file, source).map((mutation) => ({ ...mutation, file, line: lineOf(mutation.start) }));
}

function mutated(source: string, { start, end, replacement }: Mutation): string {
  return source.slice(0, start) + replacement + source.slice(end);
}

/** A change that does not parse is seen by everybody, and one of wrong types by whoever runs the compiler. */
function isRefusedByCompiler(mutant: Mutant): boolean {
  const source = mutated(readFileSync(mutant.file, 'utf8'), mutant);
  try {
    transformSync(source, { loader: 'tsx', logLevel: 'silent' });
  } catch {
    return true;
  }
  return isRefused(mutant.file, source);
}

/** Mutants chosen by the seed. */
function sampled(mutants: Mutant[], count: number): Mutant[] {
  const random = ({ file, line, what, replacement }: Mutant) =>
    createHash('sha256')
      .update(`${values.seed} ${file} ${line} ${what} ${replacement}`)
      .digest()
      .readUInt32BE();
  const inOrder = mutants
    .map((mutant) => ({ mutant, order: random(mutant) / mutant.weight }))
    .toSorted((a, b) => a.order - b.order);
  const chosen: Mutant[] = [];
  for (const { mutant } of inOrder) {
    if (chosen.length === count) break;
    if (mayLive(mutant)) left.mayLive += 1;
    else if (isRefusedByCompiler(mutant)) left.refused += 1;
    else chosen.push(mutant);
  }
  return chosen;
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
