import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Test } from 'tap';
import { copyOfProject } from './clone.ts';
import { temporaryDirectory } from './test-stack.ts';

/**
 * A folder of an ES module project that has installed the tarball of `npm pack`, without a network.
 * @param beside packages that whoever installs it has beside it
 */
export function installPacked(t: Test, beside: readonly string[]): string {
  const directory = temporaryDirectory(t);
  // Packing writes into dist/, where another test packs too.
  const project = copyOfProject(t);
  execFileSync('npm', ['pack', '--pack-destination', directory], {
    cwd: project,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [tarball = ''] = readdirSync(directory);
  const installed = join(directory, 'node_modules', 'cloudfront-cookie-gateway');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(directory, tarball), '-C', installed, '--strip-components=1']);
  for (const name of beside) {
    const link = join(directory, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve('node_modules', name), link);
  }
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  return directory;
}
