import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import process from 'node:process';

/** Tests that need what a fresh machine lacks, or minutes: `*.full.test.ts`. */
const isSlow = (file: string) => file.endsWith('.full.test.ts');

const ring = process.argv[2];
if (ring !== 'fast' && ring !== 'full') {
  console.error('usage: scripts/test.ts fast|full');
  process.exit(1);
}
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `The tests run on Node 24, not ${process.version}: on Linux x64 run them by npm test, which brings its own.`,
  );
  process.exit(1);
}
// tap's plugins are built once for a checkout.
if (!existsSync('.tap/plugins')) spawnSync('tap', ['build'], { stdio: 'ignore' });
mkdirSync('dist', { recursive: true });

const report = `dist/test-${ring}.tap`;
rmSync(report, { force: true });
const files = globSync('test/**/*.test.ts').filter((file) => ring === 'full' || !isSlow(file));
const { status } = spawnSync(
  'tap',
  [
    '--reporter=terse',
    '--jobs=2',
    '--timeout=240',
    '--allow-incomplete-coverage',
    '--show-full-coverage',
    `--output-file=${report}`,
    ...files,
  ],
  { stdio: 'inherit' },
);
const tap = existsSync(report) ? readFileSync(report, 'utf8') : '';
for (const [, name] of tap.matchAll(/^\s*ok \d+ (?:- )?(.*# SKIP.*)$/gm)) console.log(`skipped: ${name}`);
const totals = [...tap.matchAll(/^# (\{ total: .* \})$/gm)].at(-1)?.[1] ?? '';
const count = (name: string) => Number(new RegExp(`\\b${name}: (\\d+)`).exec(totals)?.[1] ?? 0);
const failed = count('fail') + (status !== 0 && count('fail') === 0 ? 1 : 0);
console.log(`${count('pass')} passed, ${failed} failed, ${count('skip') + count('todo')} skipped`);
process.exit(status === 0 && count('pass') > 0 ? 0 : 1);
