import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const SKIPPED = /^skipped: [\w-]+: (.*)$/m;

/** The names of all benchmarks: every file in their folder exports `run`, but for the tests and `main.ts`. */
export const BENCHMARKS = globSync('test/bench/*.ts', { exclude: ['**/*.test.ts'] })
  .map((file) => basename(file, '.ts'))
  .filter((name) => name !== 'main')
  .toSorted();

/** Those that take less than ten seconds of processor time with `--once`, and do not stand in another slow test. */
export const CHEAP = ['cookie-sets', 'month'];

interface Asserting {
  match(text: string, pattern: RegExp, words: string): void;
  equal(found: unknown, wanted: unknown, words: string): void;
  comment(words: string): void;
}

/** Runs a benchmark once, with small amounts. It ends with a table, or names the Debian packages that this machine lacks. */
export async function runsOnce(t: Asserting, name: string): Promise<void> {
  const child = spawn(process.execPath, [MAIN, '--once', name], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  t.equal(status, 0, `${name} ends: ${errors}`);
  const reason = SKIPPED.exec(output)?.[1];
  if (reason === undefined)
    t.match(output, /^\| .*\| ratio +\| goal .*\n\| -+ .*\n\| .*\d/m, `${name} prints a table`);
  else {
    t.match(reason, /^this machine lacks the Debian packages /, `${name} is skipped by design`);
    t.comment(output);
  }
}
