import { mkdirSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import type { WriteStream } from 'node:tty';
import { UsageError } from '../../services/operator/cli/command-line.ts';
import { machine } from '../support/generated-page.ts';
import { parseArguments } from './arguments.ts';
import type { Recorded, Recorder } from './recorder.ts';
import { runScenario } from './run-scenario.ts';
import type { Scenario } from './scenarios.ts';
import { existingTarget, startOwnTarget, type Target } from './target.ts';
import { describe, judge, metricsOf, readThresholds, type Verdict } from './thresholds.ts';

/** Everything that is kept of a run. */
interface Report {
  name: string;
  scenario: Scenario;
  /** The files host under load. */
  target: string;
  on: string;
  machine: string;
  seed: number;
  ending: string;
  verdicts: Verdict[];
  metrics: Record<string, number>;
  recorded: Recorded;
}

const EVERY_MS = 1_000;
/** Without a terminal, a line comes less often. */
const EVERY_TURNS_WITHOUT_TERMINAL = 10;

/** Shows the progress of a run: on a terminal in one line that changes, elsewhere in lines. */
function showProgress(
  stream: Pick<WriteStream, 'write'> & { isTTY?: boolean },
  name: string,
  recorder: Recorder,
): { stop(): void } {
  let turns = 0;
  let before = 0;
  const timer = setInterval(() => {
    turns++;
    const all = recorder.allRequests();
    const faults = Object.values(recorder.faults()).reduce((sum, count) => sum + count, 0);
    const text = `${name}: ${turns} s, ${all} requests, ${all - before} in the last second, ${faults} faults`;
    before = all;
    if (stream.isTTY) stream.write(`\r\x1b[K${text}`);
    else if (turns % EVERY_TURNS_WITHOUT_TERMINAL === 0) stream.write(`${text}\n`);
  }, EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      if (stream.isTTY) stream.write('\r\x1b[K');
    },
  };
}

/** Under `.local`, which git ignores. */
const RESULTS = '.local/load';

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  if (error instanceof UsageError) console.error(`load: ${error.message}`);
  else if (stopping.signal.aborted) console.error('load: stopped');
  else throw error;
  process.exitCode = 2;
}

/** @returns whether every scenario met its thresholds */
async function main(args: string[]): Promise<boolean> {
  const { chosen, seed, target: origin } = parseArguments(args, Date.now() % 2 ** 31);
  const target = origin === undefined ? await startOwnTarget() : existingTarget(origin, process.env);
  const reports: Report[] = [];
  try {
    for (const { name, scenario } of chosen) {
      if (stopping.signal.aborted) break;
      // A scenario that cannot run does not keep the others from running.
      const made = await report(target, name, scenario, seed).catch((error: unknown) => {
        if (!stopping.signal.aborted) console.log(`FAILED: ${name}: ${error}`);
      });
      if (made) reports.push(made);
    }
  } finally {
    await target.close();
  }
  return reports.length === chosen.length && reports.every(isPassed);
}

async function report(target: Target, name: string, scenario: Scenario, seed: number): Promise<Report> {
  let progress: { stop(): void } | undefined;
  const { ending, recorded } = await runScenario(target, name, scenario, {
    seed,
    signal: stopping.signal,
    onRecorder: (recorder) => {
      progress = showProgress(process.stderr, name, recorder);
    },
  }).finally(() => progress?.stop());
  const metrics = metricsOf(recorded, ending);
  const verdicts = judge(metrics, readThresholds(name));
  const on = new Date().toISOString();
  const run = { name, scenario, target: target.filesOrigin, on, machine: machine(), seed, ending };
  const made: Report = { ...run, verdicts, metrics, recorded };
  mkdirSync(RESULTS, { recursive: true, mode: 0o700 });
  writeFileSync(`${RESULTS}/${name}.json`, `${JSON.stringify(made, null, 2)}\n`);
  console.log(`${isPassed(made) ? 'passed' : 'FAILED'}: ${name}: ${words(made)}; ${RESULTS}/${name}.json`);
  for (const verdict of verdicts) if (!verdict.isMet) console.log(`  ${describe(verdict)}`);
  for (const detail of recorded.faultDetails.slice(0, 5)) console.log(`  ${detail}`);
  return made;
}

function isPassed({ verdicts }: Report): boolean {
  return verdicts.every(({ isMet }) => isMet);
}

function words({ recorded, metrics, ending }: Report): string {
  const { p50Ms, p99Ms, requestsPerSecond } = metrics;
  return `${recorded.requests} requests, ${Math.round(requestsPerSecond ?? 0)} a second, p50 ${p50Ms} ms, p99 ${p99Ms} ms, ended by ${ending}`;
}
