import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { linkPackages } from '../support/clone.ts';
import type { TestOfPlace } from './coverage.ts';
import type { Mutation } from './mutations.ts';
import { runTest } from './run-test.ts';

export interface Mutant extends Mutation {
  file: string;
  line: number;
}

/** How a test notices a change. */
export interface Notice {
  test: string;
  how: 'killed' | 'timed out';
}

/** A changed source may have to be built first. */
const BUILD_MS = 30_000;

/** The seconds that a test took last in an unchanged copy during this run. Undefined where it fails there. */
const unchanged = new Map<string, number | undefined>();
const trees: string[] = [];

process.on('exit', () => {
  for (const tree of trees) rmSync(tree, { recursive: true, force: true });
});

/** A copy of the project, since builds read sources from the disk. */
export function createTree(): string {
  const tree = mkdtempSync(join(tmpdir(), 'gateway-mutants-'));
  trees.push(tree);
  const isCopied = (path: string) => !/^(?:node_modules|\.git|\.local|dist|test-results)(?:\/|$)/.test(path);
  for (const name of globSync('{*,.*}').filter(isCopied)) cpSync(name, join(tree, name), { recursive: true });
  linkPackages(tree);
  return tree;
}

/** Asks one test after the other, until one notices the change. */
export async function judge(
  tree: string,
  { file, start, end, replacement }: Mutant,
  tests: readonly TestOfPlace[],
): Promise<Notice | undefined> {
  const path = join(tree, file);
  const source = readFileSync(path, 'utf8');
  const changed = source.slice(0, start) + replacement + source.slice(end);
  const runChanged = async (test: string, limitMs: number) => {
    writeFileSync(path, changed);
    try {
      return (await runTest(tree, test, { limitMs })).outcome;
    } finally {
      writeFileSync(path, source);
    }
  };
  for (const one of tests) {
    const how = await ask(tree, one, runChanged);
    if (how) return { test: one.test, how };
  }
  return undefined;
}

/**
 * A test has timed out if it takes four times as long as the unchanged test takes at once afterwards: then the changed
 * code loops, or something waits for ever. If the unchanged test is slow too, the machine is busy, and the changed one
 * gets more time.
 */
async function ask(
  tree: string,
  { test, seconds }: TestOfPlace,
  runChanged: (test: string, limitMs: number) => Promise<'passed' | Notice['how'] | 'failed'>,
): Promise<Notice['how'] | undefined> {
  if (unchanged.has(test) && unchanged.get(test) === undefined) return undefined;
  for (let limitMs = limitOf(unchanged.get(test) ?? seconds); ; ) {
    const outcome = await runChanged(test, limitMs);
    if (outcome === 'passed') return undefined;
    if (outcome === 'timed out' || !unchanged.has(test)) await runUnchanged(tree, test);
    const now = unchanged.get(test);
    if (now === undefined) return undefined;
    // A test that fails now and then would notice every change.
    if (outcome === 'failed') return (await runChanged(test, limitMs)) === 'passed' ? undefined : 'killed';
    if (limitOf(now) <= limitMs) return 'timed out';
    limitMs = limitOf(now);
  }
}

async function runUnchanged(tree: string, test: string): Promise<void> {
  const { outcome, seconds } = await runTest(tree, test, { limitMs: 600_000 });
  unchanged.set(test, outcome === 'passed' ? seconds : undefined);
  if (outcome === 'passed') return;
  console.error(`left out, since it ${outcome} in an unchanged copy: ${test}`);
  process.exitCode = 1;
}

function limitOf(seconds: number): number {
  return BUILD_MS + 4_000 * seconds;
}
