import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import process from 'node:process';

/**
 * `npm run release [-- --dry-run]`: packs, and publishes each package under the version of package.json. What follows
 * `--` goes to `npm publish`, such as `--provenance=false` outside of a CI that npm knows.
 */
const run = (command: string, args: string[]) => {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};
run(process.execPath, ['scripts/pack.ts']);
for (const name of readdirSync('dist/packages')) {
  run('npm', ['publish', `./dist/packages/${name}`, ...process.argv.slice(2)]);
}
