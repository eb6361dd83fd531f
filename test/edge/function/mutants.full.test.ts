import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import t from 'tap';
import { MUTANTS } from './mutants.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const WORKERS = 2;

// About a minute and a half of one core, shared by the workers.
t.setTimeout(600_000);

/** A copy of the functions and of their tests, which may be broken. */
function createTree(): string {
  const tree = mkdtempSync(join(tmpdir(), 'gateway-mutants-'));
  t.teardown(() => rmSync(tree, { recursive: true, force: true }));
  for (const path of ['package.json', 'edge', 'test/edge/function']) {
    cpSync(join(ROOT, path), join(tree, path), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  return tree;
}

/** Whether a test passes in a copy; it ends at the first failure. */
async function passes(tree: string, test: string): Promise<boolean> {
  const child = spawn(process.execPath, [join(tree, `test/edge/function/${test}.test.ts`)], {
    stdio: 'ignore',
    env: { ...process.env, TAP: '1', TAP_BAIL: '1', FC_SEED: '1' },
  });
  const [code, signal] = await once(child, 'exit');
  if (signal !== null) throw new Error(`${test} ended by ${signal}`);
  return code === 0;
}

/** Calls `work` for each item, some at a time, each with a copy of its own. */
async function forEach<T>(
  items: readonly T[],
  work: (item: T, tree: string) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    const tree = createTree();
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item, tree);
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}

t.test('the copies pass as they are', async (t) => {
  await forEach([...new Set(MUTANTS.map(({ killedBy }) => killedBy))], async (test, tree) => {
    t.ok(await passes(tree, test), test);
  });
});

t.test('every mutant is killed by the test that is named for it', async (t) => {
  t.ok(MUTANTS.length >= 30, `${MUTANTS.length} mutants`);
  await forEach(MUTANTS, async ({ file, breaks, text, replacement, killedBy }, tree) => {
    const path = join(tree, 'edge/function', file);
    const source = readFileSync(path, 'utf8');
    const [before, after, ...more] = source.split(text);
    if (before === undefined || after === undefined || more.length > 0) {
      t.fail(`${file} ${breaks}: its text occurs ${source.split(text).length - 1} times, not once`);
      return;
    }
    const mutated = before + replacement + after;
    // It must be a fault, not a file that does not load.
    transformSync(mutated, { loader: 'ts' });
    writeFileSync(path, mutated);
    t.notOk(await passes(tree, killedBy), `${file} ${breaks}`);
    writeFileSync(path, source);
  });
});
