import t from 'tap';
import { partsRun } from './coverage.ts';

t.test('a part was run if the innermost range around it was', async (t) => {
  for (const [ranges, parts] of [
    [[[0, 100, 1]], [[0, 100, 1]]],
    [[[0, 100, 0]], []],
    [
      [
        [0, 100, 1],
        [20, 60, 0],
        [30, 40, 2],
      ],
      [
        [0, 20, 1],
        [30, 40, 1],
        [60, 100, 1],
      ],
    ],
    [
      [
        [0, 100, 1],
        [20, 60, 3],
        [60, 70, 0],
      ],
      [
        [0, 60, 1],
        [70, 100, 1],
      ],
    ],
  ] as [[number, number, number][], [number, number, number][]][])
    t.strictSame(partsRun(ranges), parts, JSON.stringify(ranges));
});
