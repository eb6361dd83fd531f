import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';

/**
 * `npm run release [-- --dry-run]` packs and publishes each package under the version of package.json. Arguments after
 * `--` go to `npm publish`, such as `--provenance=false` outside of a CI that npm knows.
 */
const args = process.argv.slice(2);
const { repository } = JSON.parse(readFileSync('package.json', 'utf8'));
/** No repository can have an address below this name (RFC 2606). */
const isPlaceholder = /^(?:.+\.)?example\.com$/.test(new URL(repository.url).hostname);
if (isPlaceholder) {
  console.error(
    `release: "repository" in package.json is a placeholder, ${repository.url}. Set it to the address of the public repository: every package names it.`,
  );
  if (!args.includes('--dry-run')) process.exit(1);
  console.error('release: without --dry-run nothing is published until then.');
}
const run = (command: string, commandArgs: string[]) => {
  const { status } = spawnSync(command, commandArgs, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};
run(process.execPath, ['scripts/pack.ts']);
for (const name of readdirSync('dist/packages')) {
  run('npm', ['publish', `./dist/packages/${name}`, ...args]);
}
