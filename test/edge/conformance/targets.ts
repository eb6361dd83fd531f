import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { isRecord } from '../../../edge/local/template/shape.ts';
import { runCommand } from '../../support/clone.ts';
import type { Fixture } from './fixture.ts';

export interface RunningTarget {
  stop(): Promise<void>;
}

const OURS = fileURLToPath(new URL('../../../edge/command/cli.ts', import.meta.url));

/** The emulators that start here with the fixture. Any other one is given as `--url`. */
export const TARGETS: Readonly<Record<string, (fixture: Fixture, port: number) => Promise<RunningTarget>>> = {
  ours({ templateFile, folder, storeFile, api }, port) {
    const bindings = [
      `--bucket=site=${folder}`,
      `--store=Store=${storeFile}`,
      ...['api', 'broken'].map((id) => `--origin=${id}=${api}`),
    ];
    const args = ['--template', templateFile, '--port', `${port}`, ...bindings];
    return started([process.execPath, OURS, ...args], 'ready http');
  },
  'cdk-local'({ assembly, folder, storeFile, directory }, port) {
    const map = join(directory, 'cdk-local-store.json');
    writeFileSync(map, JSON.stringify(entriesOf(storeFile)));
    const args = ['start-cloudfront', 'Conformance:Web', '--app', assembly, '--port', `${port}`];
    const bindings = ['--origin', `site=${folder}`, '--kvs-file', `Store=${map}`];
    return started([process.env['CDKL'] ?? 'cdkl', ...args, ...bindings], 'http://127.0.0.1');
  },
};

function entriesOf(storeFile: string): Record<string, string> {
  const raw: unknown = JSON.parse(readFileSync(storeFile, 'utf8'));
  const data = isRecord(raw) && Array.isArray(raw['data']) ? raw['data'] : [];
  return Object.fromEntries(data.map(({ key, value }) => [key, value]));
}

async function started(command: string[], ready: string): Promise<RunningTarget> {
  const { child, exit, waitFor } = runCommand(process.cwd(), command);
  await waitFor(ready);
  return {
    async stop() {
      child.kill('SIGTERM');
      await exit;
    },
  };
}
