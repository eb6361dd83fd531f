import { markdownTable } from '../support/generated-page.ts';
import type { Recorded } from './recorder.ts';
import type { Scenario } from './scenarios.ts';
import type { Verdict } from './thresholds.ts';

/** Everything that is kept of a run. */
export interface Report {
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

/** A line for each scenario, with the time and the machine. */
export function resultTable(reports: Report[]): string {
  const head = ['scenario', 'units', 'requests/s', 'p50 ms', 'p99 ms', 'max ms', 'hits', 'what else', ''];
  const rows = reports.map(({ name, metrics, recorded, verdicts }) => {
    const failed = verdicts.filter(({ isMet }) => !isMet).map(({ metric }) => metric);
    return [
      name,
      figure(recorded.latencies['unit']?.count),
      figure(metrics['requestsPerSecond']),
      figure(metrics['p50Ms']),
      figure(metrics['p99Ms']),
      figure(metrics['maxMs']),
      Number.isFinite(metrics['hitShare']) ? `${figure((metrics['hitShare'] ?? 0) * 100)} %` : '',
      whatElse(metrics),
      failed.length === 0 ? 'passed' : `failed: ${failed.join(', ')}`,
    ];
  });
  const [first] = reports;
  return `${markdownTable([head, ...rows])}\n\n${first?.on.slice(0, 10)}, ${first?.machine}, seed ${first?.seed}.`;
}

function whatElse(metrics: Record<string, number>): string {
  const said = [
    ['attacks', 'attacks'],
    ['signIns', 'sign-ins'],
    ['renewals', 'renewals'],
    ['signOuts', 'sign-outs'],
    ['refusalP99Ms', 'ms to the refusal (p99)'],
    ['rotations', 'rotation'],
    ['replacements', 'replacements'],
  ] as const;
  return said
    .filter(([key]) => Number.isFinite(metrics[key]))
    .map(([key, words]) => `${figure(metrics[key])} ${words}`)
    .join(', ');
}

function figure(value = Number.NaN): string {
  return value.toLocaleString('en', {
    maximumSignificantDigits: value < 1_000 ? 3 : 6,
    maximumFractionDigits: 1,
  });
}
