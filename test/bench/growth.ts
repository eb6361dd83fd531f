import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { linePlot, logAxis, standaloneSvg } from '../support/plot.ts';
import { withTeardown } from '../support/test-stack.ts';
import { type Curve, growFolder, growObject, growPolicies } from './support/growth.ts';
import { growSessions } from './support/growth-of-sessions.ts';
import { type BenchResult, type BenchRun, compare, measurementOf } from './support/measure.ts';

/** The curves as lines; git ignores it. */
const PLOT = 'test-results/bench/growth.svg';

/** Costs that grow with users, files and sizes, and costs that do not. Each size is compared with the one before it. */
export async function run(): Promise<BenchRun> {
  const curves: Curve[] = [];
  for (const grow of [growFolder, growObject, growPolicies, growSessions])
    curves.push(...(await withTeardown(grow)));
  mkdirSync(dirname(PLOT), { recursive: true });
  writeFileSync(PLOT, standaloneSvg('Growth', curves.map(plotOf)));
  return curves.flatMap(resultsOf);
}

/** Both axes have decades. A cost in proportion to the size is a line that rises one decade for each decade. */
function plotOf({ name, unit, of, steps }: Curve): string {
  const points = steps.map(({ at, rounds }): [number, number] => [at, measurementOf('', rounds).median]);
  const axis = (label: string, place: 0 | 1) =>
    logAxis(
      label,
      points.map((point) => point[place]),
    );
  const logarithms = points.map(([at, value]): [number, number] => [Math.log10(at), Math.log10(value)]);
  return linePlot(`${name}, ${unit}`, axis(of, 0), axis(unit, 1), [{ name: '', points: logarithms }]);
}

function resultsOf({ name, unit, steps, flat }: Curve): BenchResult[] {
  return steps.slice(1).map(({ size, at, rounds }, index) => {
    const before = steps[index] ?? { size: '', rounds: [] };
    const goal = flat && at >= flat.from ? { atMost: flat.atMost } : undefined;
    const row = compare(
      [`${name}, ${unit}: ${size}`, 'growth'],
      [size, rounds],
      [before.size, before.rounds, goal],
    );
    return { ...row, isDetail: index < steps.length - 2 };
  });
}
