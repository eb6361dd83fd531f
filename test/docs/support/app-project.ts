import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import type { Test } from 'tap';
import { type RunningCommand, runCommand } from '../../support/clone.ts';
import { packedFolders } from '../../support/packed.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

/** Another project's app: these packages as npm installs them, the client beside them, and these files. */
export async function appProject(
  t: Test,
  packages: readonly string[],
  files: Iterable<readonly [string, string]>,
): Promise<string> {
  const directory = temporaryDirectory(t);
  for (const [name, text] of files) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  writeFileSync(join(directory, 'package.json'), '{ "private": true, "type": "module" }');
  const client = join(await packedFolders(), 'client');
  const options = ['--install-links', '--prefer-offline', '--no-audit', '--no-fund'];
  await promisify(execFile)('npm', ['install', ...options, client, ...packages], { cwd: directory });
  return directory;
}

/** Runs a program of a package there until the test ends. */
export async function startTool(
  t: Test,
  directory: string,
  args: string[],
  ready: string,
): Promise<RunningCommand> {
  const [program = '', ...rest] = args;
  const command = runCommand(directory, [process.execPath, join(directory, program), ...rest]);
  t.teardown(async () => {
    command.child.kill();
    await command.exit;
  });
  await command.waitFor(ready);
  return command;
}

/** Runs a program of a package there to its end. */
export async function runTool(directory: string, [program = '', ...args]: string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [join(directory, program), ...args], { cwd: directory });
}
