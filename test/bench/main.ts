import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { machine, markdownTable, writeBetweenMarkers } from '../support/generated-page.ts';
import { type Teardown, withTeardown } from '../support/test-stack.ts';
import { type BenchResult, type BenchRun, isMet, isOnce, type Measurement } from './support/measure.ts';
import { BENCHMARKS } from './support/once.ts';
import { lackingFor } from './support/programs.ts';

/** Git ignores this folder. The tables of the pages are what is kept of a run. */
const RESULTS = 'test-results/bench';
/** What somebody decides by, and what whoever works on the code asks for. */
const PAGES = ['docs/results.md', 'test/bench/README.md'];
/** Programs that measure or are compared with, and the option that shows their version. */
const PROGRAMS = { njs: '-v', valgrind: '--version', openssl: 'version' };

const wanted = process.argv.slice(2).filter((name) => name !== '--once');
const unknown = wanted.filter((name) => !BENCHMARKS.includes(name));
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}; there are: ${BENCHMARKS.join(', ')}`);
  process.exit(1);
}
for (const name of wanted.length > 0 ? wanted : BENCHMARKS) await report(name);

async function report(name: string): Promise<void> {
  const lacking = lackingFor(name);
  const { run }: { run: (t: Teardown) => Promise<BenchRun> } = await import(`./${name}.ts`);
  const results = lacking === undefined ? await withTeardown(run) : { skipped: lacking };
  if ('skipped' in results) {
    console.log(`skipped: ${name}: ${results.skipped}`);
    return;
  }
  if (isOnce) {
    console.log(`${name}\n\n${table(results)}\n`);
    return;
  }
  const measured = { on: new Date().toISOString().slice(0, 10), machine: machine(), versions: versions() };
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(`${RESULTS}/${name}.json`, `${JSON.stringify({ name, measured, results }, null, 2)}\n`);
  const when = `${measured.on}, ${measured.machine}, ${measured.versions.join(', ')}.`;
  console.log(`${name}\n\n${table(results)}\n\n${when}\n`);
  const page = table(results.filter(({ isDetail }) => isDetail !== true));
  const marker = `bench:${name}`;
  const file = PAGES.find((each) => readFileSync(each, 'utf8').includes(`<!-- ${marker} -->`));
  writeBetweenMarkers(marker, `${page}\n\n${when}`, file);
}

function versions(): string[] {
  return Object.entries(PROGRAMS).map(([program, option]) => {
    const { stdout, stderr } = spawnSync(program, [option], { encoding: 'utf8' });
    return `${program} ${/\d+(?:\.\d+)+/.exec(`${stdout ?? ''}${stderr ?? ''}`)?.[0] ?? 'none'}`;
  });
}

/** A line for each baseline, padded as the formatter demands. */
function table(results: BenchResult[]): string {
  const head = [results[0]?.unit ?? '', 'ours', 'baseline', '', 'ratio', 'goal', ''];
  const rows = results.flatMap(({ name, ours, baselines }) =>
    baselines.map(({ ratio, goal, ...baseline }) => {
      const shown = Number.isFinite(ratio) ? ratio.toFixed(2) : '';
      const cells = [name, figure(ours), baseline.name, figure(baseline), shown];
      if (!goal) return [...cells, '', ''];
      const bound = 'atMost' in goal ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`;
      return [...cells, bound, isMet(ratio, goal) ? 'met' : 'missed'];
    }),
  );
  return markdownTable([head, ...rows]);
}

/** The median, with the distance to the farthest round if the rounds differ. */
function figure({ median, spread: [least, most] }: Measurement): string {
  if (median === 0) return most === 0 ? '0' : `0 to ${most.toLocaleString('en')}`;
  const distance = Math.max(median - least, most - median) / median;
  return `${median.toLocaleString('en')}${distance < 0.0005 ? '' : ` ± ${(distance * 100).toFixed(1)} %`}`;
}
