import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { readRooms } from './rooms.ts';

/**
 * `npm run release [-- --dry-run]` packs and publishes each package under the version of package.json. Arguments after
 * `--` go to `npm publish`, such as `--provenance=false` outside of a CI that npm knows.
 */
const args = process.argv.slice(2);
const isDryRun = args.includes('--dry-run');
const problems = problemsOfRelease();
for (const problem of problems) console.error(`release: ${problem}`);
if (problems.length > 0 && !isDryRun) process.exit(1);
if (problems.length > 0) console.error('release: without --dry-run nothing is published until then.');
const run = (command: string, commandArgs: string[]) => {
  const { status } = spawnSync(command, commandArgs, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};
run(process.execPath, ['scripts/pack.ts']);
for (const name of readdirSync('dist/packages')) {
  run('npm', ['publish', `./dist/packages/${name}`, ...args]);
}

/** What must be done before a version may be published, since a published version stays for ever. */
function problemsOfRelease(): string[] {
  const { version, repository } = JSON.parse(readFileSync('package.json', 'utf8'));
  const found: string[] = [];
  // No repository can have an address below this name (RFC 2606).
  if (/^(?:.+\.)?example\.com$/.test(new URL(repository.url).hostname)) {
    found.push(
      `"repository" in package.json is a placeholder, ${repository.url}. Set it to the address of the public repository: every package names it.`,
    );
  }
  const open = [...readRooms('.')].filter(([, room]) => !room.private);
  for (const file of ['CHANGELOG.md', ...open.map(([folder]) => `${folder}/CHANGELOG.md`)]) {
    if (readFileSync(file, 'utf8').includes(`\n## [${version}]`)) continue;
    found.push(
      `${file} has no part "## [${version}]". Write it: what the version has, and what an operator must do.`,
    );
  }
  const { status, stdout } = spawnSync('git', ['status', '--porcelain'], { encoding: 'utf8' });
  if (status !== 0 || stdout !== '')
    found.push('not everything is committed (git status). Commit, and tag the commit.');
  return found;
}
