import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from './test-stack.ts';

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
  /** Resolves when the output holds the text that many times. Rejects with the output if the command ends first. */
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
  const exit = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return {
    child,
    output: () => output,
    exit,
    waitFor: (text, times = 1) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (output.split(text).length > times) resolve();
        };
        child.stdout.on('data', look);
        child.stderr.on('data', look);
        exit.then((code) => reject(new Error(`ended with ${code}: ${output}`)), reject);
        look();
      }),
  };
}
