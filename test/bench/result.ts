export interface Measured {
  median: number;
  /** (greatest − least) / median of the rounds. */
  spread: number;
}

/** One line of a table: what is ours beside its baselines, measured in the same run. */
export interface Comparison {
  name: string;
  unit: string;
  ours: Measured;
  baselines: ({ name: string } & Measured)[];
  /** Ours over the first baseline. */
  ratio: number;
  /** In words, as `≤ 0.5`; undefined where a line is there for comparison only. */
  goal?: string;
  met?: boolean;
}

/** What a benchmark's `run` gives. */
export type BenchmarkRun =
  /** `versions`: of programs besides Node that the figures depend on. */
  | { comparisons: Comparison[]; versions: Record<string, string> }
  /** Why it could not be run here. */
  | { skipped: string };

/** @param values of interleaved rounds, at least one */
export function measured(values: number[]): Measured {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return { median, spread: (at(sorted.length - 1) - at(0)) / median };
}
