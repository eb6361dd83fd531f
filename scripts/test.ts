import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { noChromium } from '../test/support/chromium.ts';

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

const wanted = globSync('test/**/*.test.ts').filter((file) => ring === 'full' || !isSlow(file));
const whyNoBrowser = await noChromium();
const left = wanted.filter((file) => whyNoBrowser && readFileSync(file, 'utf8').includes('launchChromium('));
const files = wanted.filter((file) => !left.includes(file));
const jobs = Math.max(2, availableParallelism());
const arguments_ = ['--reporter=tap', `--jobs=${jobs}`, '--timeout=240', '--disable-coverage'];
const child = spawn('tap', [...arguments_, ...files], {
  stdio: ['ignore', 'pipe', 'inherit'],
  // Dozens of files synthesize the template; test/infra has CDK hold it against AWS's rules.
  env: { ...process.env, CDK_VALIDATION: 'false' },
});
// One line a file, and of what fails everything that is said of it.
const lines: string[] = [];
let isDiagnosis = false;
let wasFailure = false;
for await (const line of createInterface({ input: child.stdout })) {
  lines.push(line);
  if (/^(not )?ok /.test(line) || /^\s*not ok /.test(line) || isDiagnosis) console.log(line);
  if (/^\s+---/.test(line)) isDiagnosis = wasFailure;
  else if (/^\s+\.\.\./.test(line)) isDiagnosis = false;
  wasFailure = /^\s*not ok /.test(line);
}
const status = child.exitCode ?? (await once(child, 'exit'))[0];
const tap = lines.join('\n');
for (const [, name] of tap.matchAll(/^\s*ok \d+ (?:- )?(.*# SKIP.*)$/gm)) console.log(`skipped: ${name}`);
for (const file of left) console.log(`skipped: ${file}: ${whyNoBrowser}`);
const totals = [...tap.matchAll(/^# (\{ total: .* \})$/gm)].at(-1)?.[1] ?? '';
const count = (name: string) => Number(new RegExp(`\\b${name}: (\\d+)`).exec(totals)?.[1] ?? 0);
const failed = count('fail') + (status !== 0 && count('fail') === 0 ? 1 : 0);
console.log(
  `${count('pass')} passed, ${failed} failed, ${count('skip') + count('todo') + left.length} skipped`,
);
process.exit(status === 0 && count('pass') > 0 ? 0 : 1);
