import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import type { Test } from 'tap';
import { runCommand } from '../../support/clone.ts';
import { freePorts } from '../../support/ports.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

/** Adopters have the machine's own Node. */
const NODE = process.env['npm_node_execpath'] ?? '/usr/bin/node';
export const PATH = `${dirname(NODE)}${delimiter}${process.env['PATH']}`;

/** Makes an app in a folder, as a person does, with one command in a checkout. */
export async function createApp(
  t: Test,
  checkout: string,
  kind: string,
  env: Record<string, string> = {},
): Promise<string> {
  const directory = join(temporaryDirectory(t), 'my-app');
  const options = { cwd: checkout, env: { ...process.env, ...env, npm_config_prefer_offline: 'true' } };
  const { stdout } = await promisify(execFile)('npm', ['run', 'create', '--', kind, directory], options);
  t.match(stdout, `Now: cd ${directory} && npm start`);
  return directory;
}

/** The addresses of an app with a login of its own, and of its files host, for `createApp`. */
export async function freeOrigins(): Promise<{ APP_ORIGIN: string; FILES_ORIGIN: string }> {
  const [APP_ORIGIN = '', FILES_ORIGIN = ''] = (await freePorts(2)).map((port) => `http://localhost:${port}`);
  return { APP_ORIGIN, FILES_ORIGIN };
}

/** Starts an app as `npm start` does, until the test ends. npm itself would not pass on the signal that ends it. */
export async function startApp(
  t: Test,
  directory: string,
  ready: string[],
  env: Record<string, string> = {},
): Promise<void> {
  const { scripts } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const [, ...args] = scripts.start.split(' ');
  const app = runCommand(directory, [NODE, ...args], { PATH, ...env });
  t.teardown(async () => {
    app.child.kill();
    await app.exit;
  });
  for (const text of ready) await app.waitFor(text);
}
