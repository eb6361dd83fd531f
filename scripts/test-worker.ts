// Runs test files, one after another, each when the runner names it. tap and the modules of the service are loaded once
// for all of them. See "Tests" in docs/CONTRIBUTING.md.
import { registerHooks } from 'node:module';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import type { Test, TestOpts } from 'tap';
import './test-domains.ts';

/** What the runner hears of a file that has ended. */
export interface Outcome {
  passed: number;
  failed: number;
  /** The names of tests that were skipped or are still to do. */
  skipped: string[];
  /** What the file left to the files after it. */
  left: string[];
}

export interface Said {
  file: string;
  outcome: Outcome;
  /** The process ends after this file. */
  isLast: boolean;
}

const tap = await import('tap');

const TESTS = Symbol.for('tests by the address of their file');
const TEST_FOLDER = new URL('../test/', import.meta.url).href;
/** The limit for the tests of a file, and then for what they left open. */
const LIMIT_MS = Number(process.env['TAP_TIMEOUT'] ?? 30) * 1_000;

/** A process that holds more ends after its file, since what the files hold adds up. */
const MOST_BYTES = 1_000_000_000;

const tests = new Map<string, Test>();
Object.assign(globalThis, { [TESTS]: tests });
// tap has one root test for each process. Here the `t` of each file is a test of its own.
registerHooks({
  resolve(specifier, context, next) {
    const { parentURL = '' } = context;
    if (specifier === 'tap' && tests.has(parentURL))
      return { url: `tap-of:${parentURL}`, shortCircuit: true };
    if (specifier === 'tap' && parentURL.startsWith(TEST_FOLDER)) {
      throw new Error(`${parentURL}: only a test file has a root test. Pass its t here.`);
    }
    return next(specifier, context);
  },
  load(url, context, next) {
    if (!url.startsWith('tap-of:')) return next(url, context);
    const file = JSON.stringify(url.slice('tap-of:'.length));
    const source = `export default globalThis[Symbol.for('${TESTS.description}')].get(${file});`;
    return { format: 'module', source, shortCircuit: true };
  },
});
tap.default.setTimeout(0);

const functions = [globalThis, console].flatMap((owner) =>
  Object.entries(Object.getOwnPropertyDescriptors(owner)).flatMap(([name, { value }]) =>
    typeof value === 'function' ? [{ owner, name }] : [],
  ),
);

process.on('message', async (file: string) => {
  const env = { ...process.env };
  const before = processState();
  const url = pathToFileURL(file).href;
  const options: TestOpts = { name: file, timeout: LIMIT_MS, cb: () => import(url) };
  const test = new tap.Test(options);
  tests.set(url, test);
  test.pipe(process.stdout);
  const left = (await runToTheEnd(test)).map((what) => `${what} is open`);
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  const after = processState();
  for (const what of new Set([...before.keys(), ...after.keys()])) {
    if (before.get(what) !== after.get(what)) left.push(`${what} changed`);
  }
  const { total, pass, fail } = test.counts;
  const isPass = test.results?.ok === true && total > 0 && left.length === 0;
  const outcome: Outcome = {
    passed: pass,
    failed: isPass ? 0 : Math.max(1, fail + left.length),
    skipped: [
      ...test.lists.skip.map(({ name, skip }) => `${name} # SKIP ${skip}`),
      ...test.lists.todo.map(({ name, todo }) => `${name} # TODO ${todo}`),
    ],
    left,
  };
  // What a failed file did to this process must not harm the next file.
  const isLast = !isPass || process.memoryUsage.rss() > MOST_BYTES;
  const said: Said = { file, outcome, isLast };
  process.send?.(said, () => isLast && process.stdout.write('', () => process.exit(0)));
});

/**
 * Runs the test until nothing is left to do, which is when a process of its own would end. Returns what is still open
 * after a while.
 */
function runToTheEnd(test: Test): Promise<string[]> {
  return new Promise((resolve) => {
    let limit: NodeJS.Timeout | undefined;
    process.channel?.unref();
    const finish = (stillOpen: string[]) => {
      process.off('beforeExit', onEmpty);
      process.channel?.ref();
      clearTimeout(limit);
      resolve(stillOpen);
    };
    const onEmpty = () => {
      if (!test.results) test.endAll();
      finish([]);
    };
    process.on('beforeExit', onEmpty);
    test.on('complete', () => {
      test.setTimeout(0);
      limit = setTimeout(() => finish(process.getActiveResourcesInfo()), LIMIT_MS).unref();
    });
    test.runMain(() => {});
  });
}

/** What one file could change for the next. */
function processState(): Map<string, unknown> {
  const events = process.eventNames().filter((name) => name !== 'exit');
  return new Map<string, unknown>([
    ['process.cwd()', process.cwd()],
    ['process.env', process.env],
    ['process.exitCode', process.exitCode],
    ...events.map((name) => [`listeners of ${String(name)}`, process.listenerCount(name)] as const),
    ...functions.map(({ owner, name }) => [name, Reflect.get(owner, name)] as const),
  ]);
}
