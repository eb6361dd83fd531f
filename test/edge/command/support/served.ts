import { resolve } from 'node:path';
import process from 'node:process';
import type { Test } from 'tap';
import { type RunningCommand, runCommand } from '../../../support/clone.ts';

export const CLI = resolve('edge/command/cli.ts');

export interface Served extends RunningCommand {
  /** The addresses of the distributions, in their order. */
  urls: string[];
  page(path?: string): Promise<string>;
}

/** Runs `edge-local` in a folder until it is ready. The system chooses the port, so no other process can have it. */
export async function servedBy(t: Test, folder: string, args: string[], distributions = 1): Promise<Served> {
  const served = runCommand(folder, [process.execPath, CLI, ...args, '--port', '0']);
  t.teardown(() => served.child.kill('SIGTERM'));
  await served.waitFor('ready http', distributions);
  const urls = [...served.output().matchAll(/^ready (\S+)/gm)].map(([, url = '']) => url);
  const page = async (path = '/') => (await fetch(`${urls[0]}${path}`)).text();
  return { ...served, urls, page };
}
