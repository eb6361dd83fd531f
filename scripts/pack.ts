import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import process from 'node:process';
import { buildSync } from 'esbuild';
import { buildClient } from '../services/web/build.ts';

/** `npm pack`: JavaScript and types of what package.json exports, since Node strips no types below node_modules. */
rmSync('dist/lib', { recursive: true, force: true });
buildSync({
  entryPoints: {
    cookies: 'services/auth/cookies.ts',
    'edge-local': 'edge/local/create-local-cloudfront.ts',
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
for (const project of ['pack', 'pack-client']) {
  const { status } = spawnSync('tsc', ['-p', `scripts/tsconfig.${project}.json`], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
