import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import type { Test } from 'tap';
import { cacheEntry, hashOfFiles } from './cached-build.ts';
import { temporaryDirectory } from './test-stack.ts';

export const PACKAGES = [
  'cli',
  'client',
  'cookies',
  'edge-function',
  'edge-local',
  'infra',
  'operator',
  'vectors',
] as const;
export type PackageName = (typeof PACKAGES)[number];

/** The package's name on npm. */
export function scoped(name: PackageName): string {
  return `@cloudfront-cookie-gateway/${name}`;
}

/** The folders that `npm run pack` makes of these sources. */
export function packedFolders(): Promise<string> {
  return cacheEntry(`packages ${hashOfFiles('services/operator/**/*.*')}`, async (directory) => {
    await promisify(execFile)(process.execPath, ['scripts/pack.ts', directory]);
  });
}

/**
 * A folder with an ES module project that has these packages, installed without a network.
 * @param beside packages that the project's owner has installed as well
 */
export async function installPacked(
  t: Test,
  names: readonly PackageName[],
  beside: readonly string[],
): Promise<string> {
  const directory = temporaryDirectory(t);
  const folders = await packedFolders();
  for (const name of names) {
    cpSync(join(folders, name), join(directory, 'node_modules', scoped(name)), { recursive: true });
  }
  for (const name of beside) {
    const link = join(directory, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve('node_modules', name), link);
  }
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  return directory;
}
