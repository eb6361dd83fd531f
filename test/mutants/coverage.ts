import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { runTest } from './run-test.ts';

const KEPT = 'node_modules/.cache/mutants';

type Range = [start: number, end: number, count: number];

/** A source as a test ran it. `ranges` are the parts that each process of the test has run. */
interface Source {
  hash: string;
  ranges: Range[];
}

/** What one test file runs of the sources. */
interface Seen {
  hash: string;
  seconds: number;
  sources: Record<string, Source>;
}

/** A test is run anew when this share of its sources has changed. */
const MOST_CHANGED = 0.1;

export interface TestOfPlace {
  test: string;
  seconds: number;
  /** How many sources the test runs. */
  breadth: number;
}

/** Runs each test file once, and keeps what it runs of the sources, until the test or many of these sources change. */
export async function readCoverage(tests: readonly string[]): Promise<Map<string, Seen>> {
  mkdirSync(KEPT, { recursive: true });
  const all = new Map<string, Seen>();
  const queue = [...tests];
  const work = async () => {
    for (let test = queue.shift(); test !== undefined; test = queue.shift()) {
      const seen = kept(test) ?? (await look(test));
      if (seen) all.set(test, seen);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return all;
}

function ofPlace(test: string, { seconds, sources }: Seen): TestOfPlace {
  return { test, seconds, breadth: Object.keys(sources).length };
}

/** The tests that run a place. A source that has changed since counts as run everywhere. */
export function testsOf(coverage: ReadonlyMap<string, Seen>, file: string, offset: number): TestOfPlace[] {
  const hash = hashOf(file);
  const mayRun = ({ sources }: Seen) => {
    const source = sources[file];
    return source && (source.hash !== hash || runs(source.ranges, offset));
  };
  return [...coverage].filter(([, seen]) => mayRun(seen)).map(([test, seen]) => ofPlace(test, seen));
}

/** The tests below a folder. */
export function testsBelow(coverage: ReadonlyMap<string, Seen>, folder: string): TestOfPlace[] {
  return [...coverage]
    .filter(([test]) => test.startsWith(`${folder}/`))
    .map(([test, seen]) => ofPlace(test, seen));
}

/** Whether any test loads the file. A page's modules run in a browser, where V8 of this process sees nothing. */
export function isLoaded(coverage: ReadonlyMap<string, Seen>, file: string): boolean {
  return [...coverage.values()].some(({ sources }) => file in sources);
}

/** Whether the innermost range says that a place was run. */
function runs(ranges: readonly Range[], offset: number): boolean {
  let best: Range | undefined;
  for (const range of ranges) {
    if (range[0] > offset || range[1] <= offset) continue;
    if (!best || range[1] - range[0] < best[1] - best[0]) best = range;
  }
  return (best?.[2] ?? 0) > 0;
}

/**
 * The parts that one process has run, from V8's ranges, which lie inside each other. V8 names no range where another
 * process has one, if everything around it was run as often. So the ranges of several processes cannot be mixed.
 */
export function partsRun(ranges: readonly Range[]): Range[] {
  const edges = [...new Set(ranges.flatMap((range) => range.slice(0, 2)))].toSorted((a, b) => a - b);
  const parts: Range[] = [];
  for (const [index, start] of edges.entries()) {
    const end = edges[index + 1];
    if (end === undefined || !runs(ranges, start)) continue;
    const last = parts.at(-1);
    if (last && last[1] === start) last[1] = end;
    else parts.push([start, end, 1]);
  }
  return parts;
}

function kept(test: string): Seen | undefined {
  const file = fileOf(test);
  if (!existsSync(file)) return undefined;
  const seen: Seen = JSON.parse(readFileSync(file, 'utf8'));
  const sources = Object.entries(seen.sources);
  const changed = sources.filter(([path, { hash }]) => hash !== hashOf(path));
  const isSame = seen.hash === hashOf(test) && changed.length <= sources.length * MOST_CHANGED;
  return isSame ? seen : undefined;
}

async function look(test: string): Promise<Seen | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-coverage-'));
  try {
    const { outcome, seconds } = await runTest('.', test, {
      limitMs: 600_000,
      env: { NODE_V8_COVERAGE: folder },
    });
    if (outcome !== 'passed') {
      console.error(`left out, since it ${outcome} as it is: ${test}`);
      process.exitCode = 1;
      return undefined;
    }
    const seen = { hash: hashOf(test), seconds, sources: readSources(folder) };
    writeFileSync(fileOf(test), JSON.stringify(seen));
    return seen;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readSources(folder: string): Record<string, Source> {
  const sources: Record<string, Source> = {};
  for (const name of readdirSync(folder)) {
    for (const { url, functions } of JSON.parse(readFileSync(join(folder, name), 'utf8')).result) {
      const file = url.startsWith('file:') ? relative('.', fileURLToPath(url)) : '..';
      if (!/^(?:core|edge|infra|scripts|services)\//.test(file)) continue;
      const source = sources[file] ?? { hash: hashOf(file), ranges: [] };
      sources[file] = source;
      const ranges: Range[] = [];
      for (const one of functions) {
        for (const { startOffset, endOffset, count } of one.ranges)
          ranges.push([startOffset, endOffset, count]);
      }
      source.ranges.push(...partsRun(ranges));
    }
  }
  return sources;
}

function hashOf(path: string): string {
  return createHash('sha256')
    .update(existsSync(path) ? readFileSync(path) : 'gone')
    .digest('hex');
}

function fileOf(test: string): string {
  return join(KEPT, `${test.replaceAll('/', '+')}.json`);
}
