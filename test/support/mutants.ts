import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import type { Test } from 'tap';
import { linkPackages } from './clone.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const WORKERS = 2;

/** A fault that a person could write into a source, and the test that must notice it, both by their paths. */
export interface Mutant {
  file: string;
  /** The fault, in words. */
  breaks: string;
  /** Must occur exactly once in the file. */
  text: string;
  replacement: string;
  killedBy: string;
}

/** @param changes each `[the fault in words, a text that occurs once in the file, its replacement]` */
export function mutantsOf(
  file: string,
  killedBy: string,
  changes: [breaks: string, text: string, replacement: string][],
): Mutant[] {
  return changes.map(([breaks, text, replacement]) => ({ file, killedBy, breaks, text, replacement }));
}

/** @param paths the files that the tests need; the faults are written into copies of them */
export async function killMutants(t: Test, mutants: readonly Mutant[], paths: string[]): Promise<void> {
  await t.test('the copies pass as they are', async (t) => {
    await forEach(t, paths, [...new Set(mutants.map(({ killedBy }) => killedBy))], async (test, tree) => {
      t.ok(await passes(tree, test), test);
    });
  });

  await t.test('every mutant is killed by the test that is named for it', async (t) => {
    await forEach(t, paths, mutants, async (mutant, tree) => {
      const { file, breaks, killedBy } = mutant;
      const path = join(tree, file);
      const source = readFileSync(path, 'utf8');
      writeFileSync(path, mutated(source, mutant));
      t.notOk(await passes(tree, killedBy), `${file} ${breaks}`);
      writeFileSync(path, source);
    });
  });
}

/**
 * The source with the fault in it.
 * @throws Error if its text does not occur exactly once, or if the changed file does not load: a file that does not
 * load is no mutant
 */
export function mutated(source: string, { file, breaks, text, replacement }: Mutant): string {
  const parts = source.split(text);
  if (parts.length !== 2) {
    const count = parts.length - 1;
    throw new Error(`${file}: the text of "${breaks}" occurs ${count} times; make it occur once`);
  }
  const whole = parts.join(replacement);
  transformSync(whole, { loader: 'ts' });
  return whole;
}

function createTree(t: Test, paths: string[]): string {
  const tree = mkdtempSync(join(tmpdir(), 'gateway-mutants-'));
  t.teardown(() => rmSync(tree, { recursive: true, force: true }));
  for (const path of paths) cpSync(join(ROOT, path), join(tree, path), { recursive: true });
  linkPackages(tree);
  return tree;
}

/** Whether a test passes in a copy. The run ends at the first failure. */
async function passes(tree: string, test: string): Promise<boolean> {
  const child = spawn(
    process.execPath,
    ['--import', join(ROOT, 'scripts/test-domains.ts'), join(tree, test)],
    {
      cwd: tree,
      stdio: 'ignore',
      env: { ...process.env, TAP: '1', TAP_BAIL: '1', TAP_TIMEOUT: '240', FC_SEED: '1', FC_SHRINK: '0' },
    },
  );
  const [code, signal] = await once(child, 'exit');
  if (signal !== null) throw new Error(`${test} ended by ${signal}`);
  return code === 0;
}

/** Calls `work` for each item, several at a time. Each worker has a copy of the files. */
async function forEach<T>(
  t: Test,
  paths: string[],
  items: readonly T[],
  work: (item: T, tree: string) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    const tree = createTree(t, paths);
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item, tree);
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}
