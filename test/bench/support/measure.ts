import process from 'node:process';

/** With `--once`, a benchmark shows that it runs. Its figures mean nothing then. */
export const isOnce = process.argv.includes('--once');

/** An amount of a benchmark, or a small one where it is only to show that it runs. */
export function amount(usual: number, once: number): number {
  return isOnce ? once : usual;
}

export interface Measurement {
  name: string;
  /** The median of the rounds. They take turns with those of all others. */
  median: number;
  /** The smallest and the largest round. */
  spread: [least: number, most: number];
}

/** One line of a table: our result beside its baselines, measured in the same run. */
export interface BenchResult {
  name: string;
  unit: string;
  ours: Measurement;
  /** The JSON and the terminal have this line, the table of a page has not. */
  isDetail?: boolean;
  /** `ratio` is our result divided by theirs. `goal` is the ratio to reach, if one is set. */
  baselines: (Measurement & { ratio: number; goal?: Goal })[];
}

export type Goal = { atLeast: number } | { atMost: number };

/** The result of a benchmark: its lines, or the reason why it cannot run here. */
export type BenchRun = BenchResult[] | { skipped: string };

/** @param rounds at least one */
export function measurementOf(name: string, rounds: number[]): Measurement {
  const sorted = rounds.toSorted((a, b) => a - b).map(Math.round);
  return { name, median: sorted[sorted.length >> 1] ?? 0, spread: [sorted[0] ?? 0, sorted.at(-1) ?? 0] };
}

export function isMet(ratio: number, goal: Goal): boolean {
  return 'atMost' in goal ? ratio <= goal.atMost : ratio >= goal.atLeast;
}

/** A name, and its rounds. For a baseline also the ratio that our result is to reach beside it. */
export type Rounds = [name: string, rounds: number[], goal?: Goal | undefined];

export function compare(
  [name, unit]: [name: string, unit: string],
  [ourName, ourRounds]: Rounds,
  ...baselines: Rounds[]
): BenchResult {
  const ours = measurementOf(ourName, ourRounds);
  return {
    name,
    unit,
    ours,
    baselines: baselines.map(([theirName, rounds, goal]) => {
      const theirs = measurementOf(theirName, rounds);
      return { ...theirs, ratio: ours.median / theirs.median, ...(goal ? { goal } : {}) };
    }),
  };
}

/**
 * Measures by turns, so that other work on the machine affects each alike. With `--once`, each has one turn.
 * @param warmUps rounds that come first and are not kept
 * @returns the rounds of each measurement
 */
export async function inTurns<T>(
  measurements: readonly (() => Promise<T> | T)[],
  rounds: number,
  warmUps = 0,
): Promise<T[][]> {
  const kept = measurements.map((): T[] => []);
  for (let round = amount(-warmUps, 0); round < amount(rounds, 1); round++) {
    for (const [index, measure] of measurements.entries()) {
      const result = await measure();
      if (round >= 0) kept[index]?.push(result);
    }
  }
  return kept;
}
