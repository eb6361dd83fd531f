import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from './test-stack.ts';

/** An installation says nothing for a minute. */
const SILENCE_MS = 90_000;
/** What a command started may keep its output open. The rest of the output is awaited for this long. */
const REST_MS = 1_000;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A copy of the sources with its own `.local` and `dist`. The installed packages are shared. */
export function copyOfProject(t: { teardown(fn: () => void): void }): string {
  const directory = copyOfSources(t);
  linkPackages(directory);
  return directory;
}

/** Gives a copy of the sources the installed packages. The project's own packages are those of the copy. */
export function linkPackages(directory: string): void {
  const modules = join(directory, 'node_modules');
  const own = '@cloudfront-cookie-gateway';
  mkdirSync(modules);
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== own) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  cpSync(join(ROOT, 'node_modules', own), join(modules, own), { recursive: true, verbatimSymlinks: true });
}

/** A copy of the sources, where no package is installed. */
export function copyOfSources(t: { teardown(fn: () => void): void }): string {
  const directory = temporaryDirectory(t);
  for (const name of [
    'core',
    'docs',
    'edge',
    'infra',
    'services',
    'scripts',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
  ]) {
    cpSync(join(ROOT, name), join(directory, name), { recursive: true });
  }
  return directory;
}

export interface RunningCommand {
  child: ChildProcess;
  output: () => string;
  /**
   * Resolves when the output holds the text that many times. Rejects with the output if the command ends first, or says
   * nothing for 90 seconds.
   */
  waitFor(text: string, times?: number): Promise<void>;
  exit: Promise<number | null>;
}

/** Runs a command as a person does, in a copy of the project. */
export function runCommand(
  directory: string,
  [command = '', ...args]: string[],
  env: Record<string, string> = {},
): RunningCommand {
  const child = spawn(command, args, {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const streams = [child.stdout, child.stderr];
  for (const stream of streams) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exit = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  const died = once(child, 'exit').then(([code]) => Promise.race([exit, setTimeout(REST_MS, code)]));
  died.catch(() => {});
  return {
    child,
    output: () => output,
    exit,
    waitFor: async (text, times = 1) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const fail = (why: string) => reject(new Error(`${why} before '${text.trim()}': ${output}`));
      const silence = globalThis.setTimeout(fail, SILENCE_MS, `said nothing for ${SILENCE_MS / 1_000} s`);
      const look = () => {
        silence.refresh();
        if (output.split(text).length > times) resolve();
      };
      for (const stream of streams) stream.on('data', look);
      died.then((code) => fail(`ended with ${code}`), reject);
      look();
      try {
        await promise;
      } finally {
        for (const stream of streams) stream.off('data', look);
        clearTimeout(silence);
      }
    },
  };
}

/** Ends a command. @throws Error if it takes more than five seconds */
export async function stopped(command: RunningCommand, signal: NodeJS.Signals): Promise<number | null> {
  const begun = Date.now();
  command.child.kill(signal);
  const code = await command.exit;
  if (Date.now() - begun > 5_000) throw new Error(`it took ${Date.now() - begun} ms to stop`);
  return code;
}
