import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { isRecord } from '../../../edge/local/template/shape.ts';
import { runCommand } from '../../support/clone.ts';
import type { Fixture } from './fixture.ts';
import { FEATURES, type Feature } from './questions.ts';

/**
 * An emulator: the features that its own documents claim, and the way to start it with the fixture, if this machine
 * can.
 */
export interface Target {
  claims: readonly Feature[];
  /** @throws Error if it cannot be started */
  start?(fixture: Fixture, port: number): Promise<RunningTarget>;
}

export interface RunningTarget {
  stop(): Promise<void>;
}

const OURS = fileURLToPath(new URL('../../../edge/command/cli.ts', import.meta.url));

export const TARGETS: Readonly<Record<string, Target>> = {
  ours: {
    claims: FEATURES,
    start({ templateFile, folder, storeFile, api }, port) {
      const bindings = [
        `--bucket=site=${folder}`,
        `--store=Entries=${storeFile}`,
        ...['api', 'broken'].map((id) => `--origin=${id}=${api}`),
      ];
      const args = ['--template', templateFile, '--port', `${port}`, ...bindings];
      return started([process.execPath, OURS, ...args], 'ready http');
    },
  },
  // Its README, "start-cloudfront": S3 origins from files, functions, KeyValueStore, CORS of a policy, error pages.
  'cdk-local': {
    claims: ['behaviors', 'cors', 'errorPages', 'functions', 'rootObject', 'store'],
    start({ assembly, folder, storeFile, directory }, port) {
      const map = join(directory, 'cdk-local-store.json');
      writeFileSync(map, JSON.stringify(entriesOf(storeFile)));
      const args = ['start-cloudfront', 'Conformance:Web', '--app', assembly, '--port', `${port}`];
      const bindings = ['--origin', `site=${folder}`, '--kvs-file', `Entries=${map}`];
      return started([process.env['CDKL'] ?? 'cdkl', ...args, ...bindings], 'http://127.0.0.1');
    },
  },
  // Go: signatures with RSA and SHA-1, functions, error pages; no cache. Set up as test/edge/conformance/README.md says.
  localfront: { claims: ['behaviors', 'functions', 'serverOrigins', 'signatures', 'compression', 'store'] },
  // Java: CloudFront's API, signatures; neither functions nor a cache.
  floci: { claims: ['behaviors', 'serverOrigins', 'signatures'] },
  kumo: { claims: ['behaviors', 'signatures'] },
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
