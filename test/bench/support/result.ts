export interface Measurement {
  name: string;
  /** Of the rounds, which take turns with those of all others. */
  median: number;
  /** Least and greatest round. */
  spread: [least: number, most: number];
}

/** One line of a table: what is ours beside its baselines, measured in the same run. */
export interface BenchResult {
  name: string;
  unit: string;
  ours: Measurement;
  /** `ratio` is ours through theirs; `goal` is what it is to be, where that is said. */
  baselines: (Measurement & { ratio: number; goal?: Goal })[];
}

export type Goal = { atLeast: number } | { atMost: number };

/** What a benchmark's `run` gives: its lines, or why it cannot be run here. */
export type BenchRun = BenchResult[] | { skipped: string };

/** @param rounds at least one */
export function measurementOf(name: string, rounds: number[]): Measurement {
  const sorted = rounds.toSorted((a, b) => a - b).map(Math.round);
  return { name, median: sorted[sorted.length >> 1] ?? 0, spread: [sorted[0] ?? 0, sorted.at(-1) ?? 0] };
}

export function isMet(ratio: number, goal: Goal): boolean {
  return 'atMost' in goal ? ratio <= goal.atMost : ratio >= goal.atLeast;
}
