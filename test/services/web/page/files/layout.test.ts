import t from 'tap';
import { list, tiles } from '../../../../../services/web/page/files/layout.ts';

const REM = 16;

t.test('tiles fill a row, with at least two in a narrow gallery', async (t) => {
  for (const [width, tile, columns, eachWidth, gap] of [
    // (width + gap) / (tile + gap) is just whole, and just not.
    [528, 160, 3, (528 - 32) / 3, 16],
    [527, 160, 3, (527 - 32) / 3, 16],
    [495, 160, 2, (495 - 16) / 2, 16],
    [480, 320, 1, 480, 16],
    [479, 320, 2, (479 - 12) / 2, 12],
    [479, 160, 2, (479 - 12) / 2, 12],
    [241, 320, 2, (241 - 12) / 2, 12],
    [240, 320, 1, 240, 12],
    [100, 160, 1, 100, 12],
  ] as const) {
    const { boxOf, height, step } = tiles(10, { width, tile, rem: REM });
    const eachHeight = eachWidth * 0.75 + 52;
    const size = { width: eachWidth, height: eachHeight };
    const name = `${width} ${tile}`;
    t.strictSame(boxOf(0), { x: 0, y: 0, ...size }, name);
    t.strictSame(boxOf(columns), { x: 0, y: eachHeight + gap, ...size }, name);
    t.strictSame(
      boxOf(2 * columns - 1),
      { x: (columns - 1) * (eachWidth + gap), y: eachHeight + gap, ...size },
      name,
    );
    t.equal(height, Math.ceil(10 / columns) * (eachHeight + gap) - gap, name);
    t.strictSame([step(5, 1), step(5, -1)], [5 + columns, 5 - columns], name);
  }
});

t.test('a list has one row for each entry, and knows which are between two heights', async (t) => {
  const { boxOf, height, between, step } = list(10, { width: 300, rem: REM });
  t.strictSame(boxOf(3), { x: 0, y: 156, width: 300, height: 52 });
  t.equal(height, 520);
  t.equal(step(3, 1), 4);
  for (const [top, bottom, first, end] of [
    [0, 52, 0, 1],
    [0, 53, 0, 2],
    [51, 104, 0, 2],
    [52, 104, 1, 2],
    [-500, -1, 0, 0],
    [-500, 1, 0, 1],
    [468, 9_000, 9, 10],
  ] as const)
    t.strictSame(between(top, bottom), { first, end }, `${top} ${bottom}`);
  const empty = list(0, { width: 300, rem: REM });
  t.equal(empty.height, 0);
  t.strictSame(empty.between(0, 900), { first: 0, end: 0 });
  t.equal(tiles(0, { width: 300, tile: 160, rem: REM }).height, 0);
});
