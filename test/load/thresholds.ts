import { readFileSync } from 'node:fs';
import type { Ending } from './engine.ts';
import type { FaultKind, Recorded } from './recorder.ts';
import type { Outcome } from './run-scenario.ts';

type Bound = { atMost: number } | { atLeast: number };

export interface Verdict {
  metric: string;
  value: number;
  bound: Bound;
  isMet: boolean;
}

/** Bounds of every scenario: nothing of another user, nothing wrong, and the run came to its end. */
const ALWAYS: Record<string, Bound> = {
  crossUserBytes: { atMost: 0 },
  wrongBytes: { atMost: 0 },
  staleBeyondBound: { atMost: 0 },
  unexpectedStatuses: { atMost: 0 },
  networkErrors: { atMost: 0 },
  brokenOff: { atMost: 0 },
  requests: { atLeast: 1 },
} satisfies Record<FaultKind | 'brokenOff' | 'requests', Bound>;

/** The bounds of a scenario: those of every scenario, and those of the file. */
export function readThresholds(name: string): Record<string, Bound> {
  const file = new URL('thresholds.json', import.meta.url);
  return { ...ALWAYS, ...parseThresholds(readFileSync(file, 'utf8'))[name] };
}

/** The figures, by the names that the bounds use. Times are in milliseconds, from the intended start. */
export function metricsOf(recorded: Recorded, ending: Ending): Record<string, number> {
  const { latencies, caches, faults, requests, tallies } = recorded;
  const percentile = (name: string, wanted: number) =>
    latencies[name]?.percentiles.find(([one]) => one === wanted)?.[1] ?? Number.NaN;
  const answered = Object.values(caches).reduce((sum, count) => sum + count, 0);
  const seconds = recorded.measuredSeconds;
  return {
    ...{ openedAfterSignOut: 0, ...tallies, ...faults, requests },
    brokenOff: ['time', 'count'].includes(ending) ? 0 : 1,
    requestsPerSecond: seconds > 0 ? requests / seconds : 0,
    hitShare: (caches['Hit'] ?? 0) / answered,
    p50Ms: percentile('unit', 50),
    p99Ms: percentile('unit', 99),
    p999Ms: percentile('unit', 99.9),
    maxMs: latencies['unit']?.maxMs ?? Number.NaN,
    serviceP99Ms: percentile('service', 99),
    latenessP99Ms: percentile('lateness', 99),
    refusalP99Ms: percentile('refusal', 99),
    renewalP99Ms: percentile('renewal', 99),
  };
}

/** A figure that was not measured meets no bound. */
export function judge(metrics: Record<string, number>, bounds: Record<string, Bound>): Verdict[] {
  return Object.entries(bounds).map(([metric, bound]) => {
    const value = metrics[metric] ?? Number.NaN;
    const isMet = 'atMost' in bound ? value <= bound.atMost : value >= bound.atLeast;
    return { metric, value, bound, isMet };
  });
}

/** The bounds that a run of a scenario has missed. @param counts whether a figure is judged here */
export function missedBounds(
  { recorded, ending }: Outcome,
  name: string,
  counts: (metric: string) => boolean,
): Verdict[] {
  const verdicts = judge(metricsOf(recorded, ending), readThresholds(name));
  return verdicts.filter(({ metric, isMet }) => !isMet && counts(metric));
}

export function describe({ metric, value, bound }: Verdict): string {
  const [sign, limit] = 'atMost' in bound ? ['≤', bound.atMost] : ['≥', bound.atLeast];
  return `${metric} is ${Number(value.toFixed(3))}, to be ${sign} ${limit}`;
}

function parseThresholds(json: string): Record<string, Record<string, Bound>> {
  return JSON.parse(json) as Record<string, Record<string, Bound>>;
}
