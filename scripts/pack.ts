import { spawnSync } from 'node:child_process';
import { cpSync, globSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { buildSync } from 'esbuild';
import { buildClient } from '../services/web/build.ts';

/** `npm pack`: JavaScript and types of what package.json exports, since Node strips no types below node_modules. */
rmSync('dist/lib', { recursive: true, force: true });
buildSync({
  entryPoints: {
    cookies: 'services/auth/cookies.ts',
    'edge-local': 'edge/local/create-local-cloudfront.ts',
    infra: 'infra/files-host.ts',
  },
  outdir: 'dist/lib',
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'error',
});
buildClient('dist/lib');
// ./infra builds the functions where it is used, since origins and lifetime are part of them.
for (const source of globSync('edge/function/*.ts', { exclude: ['**/*.d.ts'] })) {
  cpSync(source, join('dist/lib/function', basename(source)));
}
for (const project of ['pack', 'pack-client']) {
  const { status } = spawnSync('tsc', ['-p', `scripts/tsconfig.${project}.json`], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
