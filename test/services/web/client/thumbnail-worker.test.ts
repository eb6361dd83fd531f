import t from 'tap';
import { inNode } from '../in-node.ts';

/** What the worker does to a canvas, and what it answers. */
const told: string[] = [];
const answers: object[] = [];
/** The size of a picture. Undefined if the browser cannot decode it. */
let picture: [width: number, height: number] | undefined;
/** The bytes of a thumbnail, by its quality. */
let bytesOf = (_quality: number) => 1;
let hasContext = true;
let run = async (_message: { data: [source: unknown, isWanted: boolean] }) => {};

class FakeCanvas {
  readonly width: number;
  readonly height: number;
  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    told.push(`canvas ${width} ${height}`);
  }
  getContext(kind: string) {
    const context = {
      imageSmoothingQuality: 'low',
      globalCompositeOperation: 'over',
      drawImage: (source: object, ...place: number[]) =>
        told.push(
          `draw ${source === this ? 'itself' : 'it'} ${place.join(' ')} ${context.imageSmoothingQuality} ${context.globalCompositeOperation}`,
        ),
      getImageData: (...place: number[]) => {
        told.push(`read ${place.join(' ')}`);
        return { data: Uint8ClampedArray.of(1, 2, 255, 255) };
      },
    };
    return hasContext && kind === '2d' ? context : null;
  }
  async convertToBlob({ type, quality }: { type: string; quality: number }) {
    told.push(`${type} ${quality.toFixed(2)}`);
    return { size: bytesOf(quality) };
  }
}

Object.assign(globalThis, {
  MAX_THUMBNAIL_BYTES: 1_000,
  OffscreenCanvas: FakeCanvas,
  addEventListener: (_: string, listener: typeof run) => {
    run = listener;
  },
  postMessage: (answer: object) => answers.push(answer),
  createImageBitmap: async () => {
    if (!picture) throw new Error('no picture');
    const [width, height] = picture;
    return { width, height, close: () => told.push('close') };
  },
});
await inNode('client/thumbnail-worker.ts');
t.teardown(() => {
  for (const name of [
    'MAX_THUMBNAIL_BYTES',
    'OffscreenCanvas',
    'addEventListener',
    'postMessage',
    'createImageBitmap',
  ])
    Reflect.deleteProperty(globalThis, name);
});

async function answerTo(source: unknown, isWanted = false) {
  told.length = 0;
  await run({ data: [source, isWanted] });
  return answers.pop();
}

const COLOR = '#0102ff';
const AVERAGE = ['draw itself 0 0 1 1 high copy', 'read 0 0 1 1'];

t.test('a thumbnail has 480 pixels at most', async (t) => {
  for (const [width, height, canvas] of [
    [960, 480, '480 240'],
    [480, 963, '240 480'],
    [480, 480, '480 480'],
    [3, 2, '3 2'],
  ] as const) {
    picture = [width, height];
    t.strictSame(await answerTo('frame'), { width, height, color: COLOR }, canvas);
    t.strictSame(told, [`canvas ${canvas}`, `draw it 0 0 ${canvas} high over`, 'close', ...AVERAGE]);
  }
  picture = undefined;
  t.strictSame(await answerTo('frame', true), {});
  t.strictSame(told, []);
});

t.test('a thumbnail that is too large is written again, less well', async (t) => {
  picture = [3, 2];
  const tries = ['image/webp 0.70', 'image/webp 0.35', 'image/webp 0.00'];
  for (const [sizes, count, size] of [
    [[1_000], 1, 1_000],
    [[1_001, 999], 2, 999],
    [[1_001, 1_001, 1], 3, 1],
    [[1_001, 1_001, 1_001], 3, undefined],
  ] as const) {
    bytesOf = (quality) => sizes[Math.round((0.7 - quality) / 0.35)] ?? 0;
    const drawn = { width: 3, height: 2, color: COLOR, ...(size && { thumbnail: { size } }) };
    t.strictSame(await answerTo('frame', true), drawn, sizes.join());
    t.strictSame(told.slice(3), [...tries.slice(0, count), ...AVERAGE], sizes.join());
  }
  hasContext = false;
  bytesOf = () => 1;
  t.strictSame(await answerTo('frame', true), { width: 3, height: 2, thumbnail: { size: 1 } });
  hasContext = true;
});

/** A segment of a JPEG: FF, its kind, its length, and bytes. */
function segment(kind: number, content: Uint8Array): Buffer {
  const head = Buffer.from([0xff, kind, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
}

interface Exif {
  date?: string;
  zone?: string;
  isLittle?: boolean;
  /** How many tags the second directory has, if not all. */
  tags?: number;
  kind?: number;
}

/** A segment with a date (Exif 2.32): a directory that leads to the one of the date. */
function exif({ date, zone, isLittle = false, tags: count, kind = 0xe1 }: Exif): Buffer {
  const view = Buffer.alloc(200);
  const short = (at: number, value: number) =>
    isLittle ? view.writeUInt16LE(value, at) : view.writeUInt16BE(value, at);
  const long = (at: number, value: number) =>
    isLittle ? view.writeUInt32LE(value, at) : view.writeUInt32BE(value, at);
  view.write(isLittle ? 'II' : 'MM');
  long(4, 8);
  const directory = (at: number, tags: [tag: number, value: number][]) => {
    short(at, tags.length);
    for (const [index, [tag, value]] of tags.entries()) {
      short(at + 2 + 12 * index, tag);
      long(at + 2 + 12 * index + 8, value);
    }
  };
  directory(8, [
    [0x0112, 1],
    [0x8769, 60],
  ]);
  directory(60, [
    [0x9000, 1],
    ...(zone === undefined ? [] : [[0x9011, 180] satisfies [number, number]]),
    ...(date === undefined ? [] : [[0x9003, 150] satisfies [number, number]]),
  ]);
  if (count !== undefined) short(60, count);
  view.write(date ?? '', 150);
  view.write(zone ?? '', 180);
  return segment(kind, Buffer.concat([Buffer.from('Exif\0\0'), view]));
}

const START = Buffer.from([0xff, 0xd8]);
const NOTES = segment(0xe0, Buffer.alloc(20));
const XMP = segment(0xe1, Buffer.from('http://ns.adobe.com/xap/1.0/'));
const date = '2020:01:02 03:04:05';

for (const [what, parts, takenAt] of [
  ['a date', [START, exif({ date })], '2020-01-02T03:04:05'],
  ['a date with its zone', [START, exif({ date, zone: '+09:00' })], '2020-01-02T03:04:05+09:00'],
  ['a zone that does not exist', [START, exif({ date, zone: '+99:00' })], '2020-01-02T03:04:05'],
  ['a day that does not exist', [START, exif({ date: '2020:02:30 03:04:05' })], undefined],
  ['another form', [START, exif({ date: '2020-01-02 03:04:05' })], undefined],
  ['a zone that is none', [START, exif({ date, zone: ' 09:00' })], '2020-01-02T03:04:05'],
  [
    'the other order of bytes',
    [START, exif({ date, zone: '-05:30', isLittle: true })],
    '2020-01-02T03:04:05-05:30',
  ],
  ['after other segments', [START, NOTES, XMP, exif({ date })], '2020-01-02T03:04:05'],
  ['an empty date', [START, exif({ date: '    :  :     :  :  ' })], undefined],
  ['no date', [START, exif({ zone: '+09:00' })], undefined],
  ['after the first date, no other', [START, exif({}), exif({ date })], undefined],
  ['after the last tag', [START, exif({ date, tags: 1 })], undefined],
  ['in another kind of segment', [START, exif({ date, kind: 0xe2 })], undefined],
  ['in another kind of file', [Buffer.from([0x89, 0x50]), exif({ date })], undefined],
  ['after something that is no segment', [START, Buffer.from([0, 0, 0, 2]), exif({ date })], undefined],
  [
    'in the first 128 KB',
    [START, ...Array(2).fill(segment(0xe2, Buffer.alloc(65_300))), exif({ date })],
    '2020-01-02T03:04:05',
  ],
  [
    'after the first 128 KB',
    [START, ...Array(2).fill(segment(0xe2, Buffer.alloc(65_533))), exif({ date })],
    undefined,
  ],
  ['in an empty file', [], undefined],
] as [string, Buffer[], string | undefined][]) {
  t.test(`the date of a photo: ${what}`, async (t) => {
    picture = undefined;
    t.strictSame(await answerTo(new Blob(parts)), takenAt === undefined ? {} : { takenAt });
  });
}
