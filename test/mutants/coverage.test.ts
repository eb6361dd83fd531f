import t from 'tap';
import { hashOf, testsOf } from './coverage.ts';

t.test('a place is run if one of the processes of a test has run it', async (t) => {
  const file = 'core/defined.ts';
  /** A process that runs a function, and the block in it or not. */
  const good: [number, number, number][] = [
    [0, 100, 1],
    [10, 50, 1],
    [20, 30, 0],
  ];
  const failing: [number, number, number][] = [
    [0, 100, 1],
    [10, 50, 1],
    [35, 45, 0],
  ];
  const coverageOf = (ranges: [number, number, number][]) => {
    const sources = { [file]: { hash: hashOf(file), ranges } };
    return new Map([['test/a.test.ts', { hash: '', seconds: 1, sources }]]);
  };
  const areRun = (...ranges: [number, number, number][]) =>
    [15, 25, 40].map((offset) => testsOf(coverageOf(ranges), file, offset).length === 1);
  t.strictSame(areRun(...good), [true, false, true]);
  t.strictSame(areRun(...failing), [true, true, false]);
  t.strictSame(areRun(...good, ...failing), [true, true, true]);
  t.strictSame(areRun(...good, ...good), [true, false, true]);
});
