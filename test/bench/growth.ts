import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { linePlot, logAxis, standaloneSvg } from '../support/plot.ts';
import { type Curve, growFolder, growObject, growPolicies } from './support/growth.ts';
import { growSessions } from './support/growth-of-sessions.ts';
import { type BenchResult, type BenchRun, measurementOf } from './support/result.ts';

/** The curves as lines; git ignores it. */
const PLOT = 'test-results/bench/growth.svg';

/** Costs that grow with users, files and sizes, and costs that do not. Each size is compared with the one before it. */
export async function run(): Promise<BenchRun> {
  const curves: Curve[] = [];
  for (const grow of [growFolder, growObject, growPolicies, growSessions]) curves.push(...(await grow()));
  mkdirSync(dirname(PLOT), { recursive: true });
  writeFileSync(PLOT, standaloneSvg('Growth', curves.map(plotOf)));
  return curves.flatMap(resultsOf);
}

/** Both axes have decades. A cost in proportion to the size is a line that rises one decade for each decade. */
function plotOf({ name, unit, of, steps }: Curve): string {
  const points = steps.map(({ at, rounds }): [number, number] => [at, measurementOf('', rounds).median]);
  const x = logAxis(
    of,
    points.map(([at]) => at),
  );
  const y = logAxis(
    unit,
    points.map(([, value]) => value),
  );
  const logarithms = points.map(([at, value]): [number, number] => [Math.log10(at), Math.log10(value)]);
  return linePlot(`${name}, ${unit}`, x, y, [{ name: '', points: logarithms }]);
}

function resultsOf({ name, unit, steps, flat }: Curve): BenchResult[] {
  return steps.slice(1).map(({ size, at, rounds }, index) => {
    const before = steps[index] ?? { size: '', at: 0, rounds: [] };
    const [ours, baseline] = [measurementOf(size, rounds), measurementOf(before.size, before.rounds)];
    const goal = flat && at >= flat.from ? { goal: { atMost: flat.atMost } } : {};
    return {
      name: `${name}, ${unit}: ${size}`,
      unit: 'growth',
      ours,
      isDetail: index < steps.length - 2,
      baselines: [{ ...baseline, ratio: ours.median / baseline.median, ...goal }],
    };
  });
}
