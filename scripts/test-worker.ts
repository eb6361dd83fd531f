// Runs test files, one after another, each when the runner names it. tap and the modules of the service are loaded once
// for all of them. See "Tests" in docs/CONTRIBUTING.md.
import { registerHooks } from 'node:module';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import type { Test, TestOpts } from 'tap';
import './test-domains.ts';

/** What the runner hears of a file that has ended. */
export interface Outcome {
  file: string;
  passed: number;
  failed: number;
  /** The names of tests that were skipped or are still to do. */
  skipped: string[];
  /** What the file left to the files after it. */
  left: string[];
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
    if (specifier !== 'tap' || !parentURL.startsWith(TEST_FOLDER)) return next(specifier, context);
    if (tests.has(parentURL)) return { url: `tap-of:${parentURL}`, shortCircuit: true };
    throw new Error(`${parentURL}: only a test file has a root test. Pass its t here.`);
  },
  load(url, context, next) {
    if (!url.startsWith('tap-of:')) return next(url, context);
    const file = JSON.stringify(url.slice('tap-of:'.length));
    const source = `export default globalThis[Symbol.for('${TESTS.description}')].get(${file});`;
    return { format: 'module', source, shortCircuit: true };
  },
});
tap.default.setTimeout(0);

process.on('message', async (file: string) => {
  const env = { ...process.env };
  const before = listeners();
  const url = pathToFileURL(file).href;
  const options: TestOpts = { name: file, timeout: LIMIT_MS, cb: () => import(url) };
  const test = new tap.Test(options);
  tests.set(url, test);
  test.pipe(process.stdout);
  const left = (await runToTheEnd(test)).map((what) => `${what} is open`);
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  for (const [name, count] of listeners()) {
    if (count !== (before.get(name) ?? 0)) left.push(`listeners of ${String(name)} changed`);
  }
  const { counts, lists } = test;
  const isPass = test.results?.ok === true && counts.total > 0 && left.length === 0;
  const outcome: Outcome = {
    file,
    passed: counts.pass,
    failed: isPass ? 0 : Math.max(1, counts.fail + left.length),
    skipped: [
      ...lists.skip.map(({ name, skip }) => `${name} # SKIP ${skip}`),
      ...lists.todo.map(({ name, todo }) => `${name} # TODO ${todo}`),
    ],
    left,
    // What a failed file did to this process must not harm the next file.
    isLast: !isPass || process.memoryUsage.rss() > MOST_BYTES,
  };
  process.send?.(outcome, () => outcome.isLast && process.stdout.write('', () => process.exit(0)));
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

function listeners(): Map<string | symbol, number> {
  const names = process.eventNames().filter((name) => name !== 'exit');
  return new Map(names.map((name) => [name, process.listenerCount(name)]));
}
