import t from 'tap';
import { inNode } from '../../in-node.ts';

const { justified, photosOf } = await inNode('page/files/photos.ts');

interface Picture {
  name: string;
  takenAt?: string;
  width?: number;
  height?: number;
  type?: string;
  scan?: string;
}
const PAST = '2020-01-01T12:00:00Z';
const stored = (picture: Picture) => ({
  ...{ type: 'image/png', size: 1, url: '', lastModified: PAST },
  ...picture,
});
const labels = (entries: { label: string }[]) => entries.map(({ label }) => label);

t.test('pictures and films that are shown, the newest first', async (t) => {
  const files = [
    { name: 'old.png' },
    { name: 'new.png', takenAt: '2026-03-01T12:00:00Z' },
    { name: 'film.mp4', type: 'video/mp4; codecs=x', takenAt: '2026-02-01T12:00:00Z' },
    { name: 'a.txt', type: 'text/plain' },
    { name: 'a.pdf', type: 'application/pdf' },
    { name: 'x.png', type: 'not/image/png' },
    { name: 'a.tiff', type: 'image/tiff' },
    { name: 'held.png', scan: 'scanning' },
    { name: 'infected.png', scan: 'refused' },
    // Four hours before the next one.
    { name: 'tokyo.png', takenAt: '2026-01-01T17:00:00+09:00' },
    { name: 'trips/ＣＡＴ.png', takenAt: '2026-01-01T12:00:00Z' },
  ].map(stored);
  t.strictSame(labels(photosOf(files, '')), [
    'new.png',
    'film.mp4',
    'trips/ＣＡＴ.png',
    'tokyo.png',
    'old.png',
  ]);
  t.strictSame(labels(photosOf(files, 'cat')), ['trips/ＣＡＴ.png']);
  t.strictSame(photosOf(files.slice(0, 1), ''), [{ kind: 'file', file: files[0], label: 'old.png' }]);
});

t.test(
  'rows fill the width, each picture keeps its shape, and each month begins with its name',
  async (t) => {
    const shape = (width: number, height: number, month = 2) => ({
      ...{ width, height, takenAt: `2026-0${month}-10T12:00:00Z` },
    });
    const files = [
      // Just as wide as the gallery, so the row is full: (2 + 1) * 100 + 10.
      { name: '0', ...shape(200, 100) },
      { name: '1', ...shape(100, 100) },
      // Neither is wider than three times its height, or narrower than 0.4 times.
      { name: '2', ...shape(900, 100) },
      { name: '3', ...shape(10, 100) },
      { name: '4', ...shape(0, 100, 1) },
      { name: '5', ...shape(100, 0, 1) },
      { name: '6', takenAt: '2026-01-10T12:00:00Z' },
      { name: '7', ...shape(150, 100, 1) },
    ].map(stored);
    const entries = files.map((file) => ({ kind: 'file', file, label: file.name }));
    const layout = justified(entries, { width: 310, rowHeight: 100, gap: 10, head: 30 });
    const boxes = entries.map((_, index) => layout.boxOf(index));
    const box = (x: number, y: number, width: number, height: number) => ({ x, y, width, height });
    // In the second row, shapes of 3 and 0.4 share 300 pixels; in the third one, 3 squares share 290.
    const [second, third] = [300 / 3.4, 290 / 3];
    const month = 150 + second;
    t.strictSame(boxes, [
      ...[box(0, 30, 200, 100), box(210, 30, 100, 100)],
      ...[box(0, 140, 3 * second, second), box(3 * second + 10, 140, 0.4 * second, second)],
      ...[0, 1, 2].map((at) => box(at * (third + 10), month + 30, third, third)),
      box(0, month + 30 + third + 10, 150, 100),
    ]);
    t.strictSame(layout.months, [
      { name: 'February 2026', y: 0 },
      { name: 'January 2026', y: month },
    ]);
    t.strictSame(
      entries.map((_, index) => layout.headOf(index)),
      ['February 2026', undefined, undefined, undefined, 'January 2026', undefined, undefined, undefined],
    );
    t.equal(layout.height, month + 30 + third + 10 + 100);
    t.strictSame(
      entries.map((_, index) => `${layout.step(index, -1)} ${layout.step(index, 1)}`),
      ['0 2', '1 3', '0 5', '1 6', '2 7', '2 7', '3 7', '4 7'],
    );
    for (const [top, bottom, first, end] of [
      [-50, 0, 0, 0],
      [-50, 1, 0, 2],
      [0, 30, 0, 2],
      [0, 110, 0, 2],
      [129, 111, 0, 4],
      [130, 141, 2, 4],
      [900, 901, 0, 0],
    ] as const)
      t.strictSame(layout.between(top, bottom), { first, end }, `${top} ${bottom}`);
    // Each two pictures lack half a pixel.
    const narrow = [399, 200, 200, 399, 200, 200].map((width) => ({
      ...{ kind: 'file', label: '', file: stored({ name: '', ...shape(width, 200) }) },
    }));
    t.strictSame(
      narrow.map((_, index) =>
        justified(narrow, { width: 310, rowHeight: 100, gap: 10, head: 30 }).step(index, 1),
      ),
      [3, 4, 5, 3, 4, 5],
      'three in each row',
    );
    const none = justified([], { width: 310, rowHeight: 100, gap: 10, head: 30 });
    t.strictSame(
      [none.height, none.months, none.between(0, 900), none.boxOf(0), none.step(0, 1)],
      [...[0, [], { first: 0, end: 0 }, box(0, 0, 0, 0), 0]],
    );
  },
);
