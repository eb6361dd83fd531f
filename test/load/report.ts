import { createHash } from 'node:crypto';
import { markdownTable } from '../support/generated-page.ts';
import { axisFor, barPlot, escapeHtml, linePlot, PLOT_STYLE, type Series } from '../support/plot.ts';
import type { Latency, Recorded } from './recorder.ts';
import type { Scenario } from './scenarios.ts';
import { describe, type Verdict } from './thresholds.ts';

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

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:46rem;padding:0 1rem;color:#1b1b1b;background:#fff}
h1{font-size:1.4rem}table{border-collapse:collapse;margin:1rem 0}td,th{border-bottom:1px solid #ddd;padding:.2rem .8rem .2rem 0;text-align:left}
figure{margin:1.5rem 0}figcaption{font-weight:600}svg{width:100%;height:auto}.bad{color:#b00020}.good{color:#0a7a33}
${PLOT_STYLE}`;

/** One page that needs nothing else: no script, no other resource, and one style, whose hash its policy names. */
export function reportPage(report: Report): string {
  const { name, scenario, verdicts, metrics, recorded } = report;
  const hash = createHash('sha256').update(STYLE).digest('base64');
  const isPassed = verdicts.every(({ isMet }) => isMet);
  const rows = (pairs: [string, string][]) =>
    pairs.map(([key, value]) => `<tr><th>${escapeHtml(key)}</th><td>${escapeHtml(value)}</td></tr>`).join('');
  const verdictRows = verdicts.map(
    (verdict) =>
      `<tr><td class="${verdict.isMet ? 'good' : 'bad'}">${verdict.isMet ? 'met' : 'missed'}</td><td>${escapeHtml(describe(verdict))}</td></tr>`,
  );
  const settings: [string, string][] = [
    ['target', report.target],
    ['on', report.on],
    ['machine', report.machine],
    ['seed', String(report.seed)],
    ['ended by', report.ending],
    ['scenario', JSON.stringify(scenario)],
  ];
  const figures = Object.entries(metrics)
    .filter(([, value]) => Number.isFinite(value))
    .map(([key, value]): [string, string] => [key, String(Number(value.toFixed(3)))]);
  const faults = recorded.faultDetails.map((detail) => `<li>${escapeHtml(detail)}</li>`).join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'">
<meta name="viewport" content="width=device-width"><title>${escapeHtml(name)}: load</title><style>${STYLE}</style></head><body>
<h1>${escapeHtml(name)}: <span class="${isPassed ? 'good' : 'bad'}">${isPassed ? 'passed' : 'failed'}</span></h1>
<p>${escapeHtml(scenario.about)}</p>
<table>${verdictRows.join('')}</table>${faults === '' ? '' : `<ul class="bad">${faults}</ul>`}
${plots(recorded).join('\n')}
<h2>Figures</h2><table>${rows(figures)}</table><h2>Run</h2><table>${rows(settings)}</table></body></html>
`;
}

function plots({ latencies, seconds, statuses, caches }: Recorded): string[] {
  const over = (name: string, of: (second: Recorded['seconds'][number]) => number): Series => ({
    name,
    points: seconds.map((second, index) => [index, of(second)]),
  });
  const time = axisFor('seconds since the warm-up', [Math.max(1, seconds.length - 1)]);
  const rate = over('requests a second', ({ requests }) => requests);
  const faults = over('faults a second', (second) => second.faults);
  const hits = over(
    'share of answers from the cache',
    (second) => second.hits / Math.max(1, second.cacheable),
  );
  return [
    latencyPlot(latencies),
    linePlot(
      'Rate',
      time,
      axisFor(
        '',
        rate.points.map(([, y]) => y),
      ),
      [rate, faults],
    ),
    linePlot('Hit ratio', time, axisFor('', [1]), [hits]),
    barPlot('Status codes', Object.entries(statuses)),
    barPlot('Answers by x-cache', Object.entries(caches)),
  ];
}

/** Milliseconds by percentile. Each step to the right leaves a tenth of the units above it. */
function latencyPlot(latencies: Record<string, Latency>): string {
  const place = (percentile: number) => -Math.log10(1 - percentile / 100);
  const series = [
    ['unit', 'from the intended start'],
    ['service', 'from the real start'],
  ].map(([key = '', name = '']): Series => {
    const points = latencies[key]?.percentiles ?? [];
    return { name, points: points.map(([percentile, ms]) => [place(percentile), ms]) };
  });
  const ticks = [0, 50, 90, 99, 99.9, 99.99].map((at) => ({ at: place(at), label: String(at) }));
  const values = series.flatMap(({ points }) => points.map(([, ms]) => ms));
  return linePlot(
    'Latency, milliseconds',
    { label: 'percentile', min: 0, max: 4, ticks },
    axisFor('', values),
    series,
  );
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
