import { execFileSync, spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { buildWeb } from '../../../services/web/build.ts';

/** The last commit in which the page showed the first 100 files, by name. */
export const FORMER = '29e1a3e';

/** Whether this clone has it: a shallow one may not. */
export function hasFormer(): boolean {
  return spawnSync('git', ['cat-file', '-e', `${FORMER}^{commit}`]).status === 0;
}

/** Builds the page as it was from its own sources, and gives the folder. */
export async function buildFormer(directory: string): Promise<string> {
  const sources = execFileSync('git', ['archive', FORMER, 'services', 'edge', 'package.json'], {
    maxBuffer: 100_000_000,
  });
  execFileSync('tar', ['-x', '-C', directory], { input: sources });
  symlinkSync(join(process.cwd(), 'node_modules'), join(directory, 'node_modules'));
  const path = pathToFileURL(join(directory, 'services/web/build.ts')).href;
  const former: { buildWeb: typeof buildWeb } = await import(path);
  const web = join(directory, 'web');
  former.buildWeb(web);
  return web;
}
