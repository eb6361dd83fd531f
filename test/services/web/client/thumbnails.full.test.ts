import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { openClient } from './open.ts';

const browser = await launchShell(t);

/** A picture that the page draws, as a file of the page. */
const picture = (width: number, height: number, type = 'image/jpeg') => `(async () => {
  const canvas = Object.assign(document.createElement('canvas'), { width: ${width}, height: ${height} });
  const context = canvas.getContext('2d');
  for (let x = 0; x < ${width}; x += 7) {
    context.fillStyle = 'hsl(' + x * 40 + ' 80% 50%)';
    context.fillRect(x, 0, 5, ${height});
  }
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, '${type}'));
  return new File([blob], 'a.jpg', { type: '${type}' });
})()`;
/** Half a second of a film, recorded in the page. */
const FILM = `(async () => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
  const context = canvas.getContext('2d');
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm' });
  const { promise, resolve } = Promise.withResolvers();
  recorder.ondataavailable = ({ data }) => data.size && resolve(data);
  recorder.start();
  for (let frame = 0; frame < 12; frame++) {
    context.fillStyle = 'hsl(' + frame * 30 + ' 80% 50%)';
    context.fillRect(0, 0, 640, 360);
    await new Promise((end) => setTimeout(end, 40));
  }
  recorder.stop();
  return new File([await promise], 'a.jpg', { type: 'video/webm' });
})()`;

const upload = (page: Page, file: string, options = '{}') =>
  page.evaluate<{ name: string }>(`${file}.then((file) => gateway.files.upload(file, ${options}))`);
/** Width, height and type of a stored picture, as the browser sees it. */
const look = (page: Page, url: string) =>
  page.evaluate<unknown[]>(`(async () => {
    const blob = await (await fetch(${JSON.stringify(url)}, { credentials: 'include' })).blob();
    const { width, height } = await createImageBitmap(blob);
    return [width, height, blob.type];
  })()`);
const first = (page: Page) =>
  page.evaluate<{ name: string; url: string; thumbnailUrl?: string }>(
    'gateway.files.list().then(({ files }) => files[0])',
  );

t.test('an image gets a thumbnail, which is sent after it', async (t) => {
  const { open, stored, requests } = await openClient(t, browser);
  const page = await open();
  await upload(page, picture(2_400, 1_200));
  t.strictSame(
    requests('PUT files/bucket').map(({ headers }) => headers['content-type']),
    ['image/jpeg', 'image/webp'],
  );
  const { thumbnailUrl = '' } = await first(page);
  t.strictSame(await look(page, thumbnailUrl), [480, 240, 'image/webp']);
  t.ok((stored.get('.thumbnails/a.jpg')?.bytes.length ?? 0) <= 65_536);
  await upload(page, picture(1_200, 2_400), '{ replace: true }');
  t.strictSame(await look(page, (await first(page)).thumbnailUrl ?? ''), [240, 480, 'image/webp']);
});

/** A JPEG of one color with an Exif segment, as cameras write them: big-endian, or little-endian. */
const dated = (isLittle: boolean, date: string, zone = '') => `(async () => {
  const canvas = new OffscreenCanvas(300, 200);
  const context = canvas.getContext('2d');
  context.fillStyle = '#336699';
  context.fillRect(0, 0, 300, 200);
  const jpeg = await canvas.convertToBlob({ type: 'image/jpeg', quality: 1 });
  const exif = new DataView(new ArrayBuffer(110));
  const set = (at, bits, value) => exif['setUint' + bits](10 + at, value, ${isLittle});
  const text = (at, value) => [...value].forEach((letter, i) => exif.setUint8(10 + at + i, letter.charCodeAt(0)));
  exif.setUint16(0, 0xffe1);
  exif.setUint16(2, 108);
  exif.setUint32(4, 0x45786966);
  text(0, ${isLittle} ? 'II' : 'MM');
  set(2, 16, 42);
  set(4, 32, 8);
  const entries = (at, ...list) => {
    set(at, 16, list.length);
    list.forEach(([tag, type, count, value], i) => {
      set(at + 2 + 12 * i, 16, tag);
      set(at + 4 + 12 * i, 16, type);
      set(at + 6 + 12 * i, 32, count);
      set(at + 10 + 12 * i, 32, value);
    });
  };
  entries(8, [0x8769, 4, 1, 26]);
  entries(26, [0x9003, 2, 20, 60], ...(${JSON.stringify(zone)} ? [[0x9011, 2, 7, 84]] : []));
  text(60, ${JSON.stringify(date)});
  text(84, ${JSON.stringify(zone)});
  return new File([jpeg.slice(0, 2), exif, jpeg.slice(2)], 'a.jpg', { type: 'image/jpeg' });
})()`;

t.test('the service learns what a picture says of itself', async (t) => {
  const { open, requests } = await openClient(t, browser);
  const page = await open();
  const learnt = async (file: string) => {
    await upload(page, file, '{ replace: true }');
    const { etag, color, ...rest } = Object(requests('POST /api/files/details').at(-1)?.body);
    t.match(etag, /^[0-9a-f-]{36}$/);
    t.match(color, /^#[0-9a-f]{6}$/);
    return { ...rest, color };
  };
  const size = { name: 'a.jpg', width: 300, height: 200 };
  const { color, ...big } = await learnt(dated(false, '2026:01:02 03:04:05', '+09:00'));
  t.strictSame(big, { ...size, takenAt: '2026-01-02T03:04:05+09:00' });
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  t.ok(Math.abs(red - 0x33) < 4 && Math.abs(green - 0x66) < 4 && Math.abs(blue - 0x99) < 4, color);
  t.match(await learnt(dated(true, '2026:01:02 03:04:05')), { ...size, takenAt: '2026-01-02T03:04:05' });
  t.notOk('takenAt' in (await learnt(dated(true, '0000:00:00 00:00:00'))), 'a camera without a clock');
  t.notOk('takenAt' in (await learnt(picture(30, 20, 'image/png'))));
  t.match(await learnt(FILM), { width: 640, height: 360 });
});

t.test('small pictures are not blown up, and noise still fits 64 KB', async (t) => {
  const { open, stored } = await openClient(t, browser);
  const page = await open();
  await upload(page, picture(30, 20, 'image/png'));
  t.strictSame(await look(page, (await first(page)).thumbnailUrl ?? ''), [30, 20, 'image/webp']);
  const noise = `(async () => {
    const canvas = new OffscreenCanvas(480, 480);
    const context = canvas.getContext('2d');
    const image = context.createImageData(480, 480);
    for (let at = 0; at < image.data.length; at += 4096) crypto.getRandomValues(image.data.subarray(at, at + 4096));
    for (let at = 3; at < image.data.length; at += 4) image.data[at] = 255;
    context.putImageData(image, 0, 0);
    return new File([await canvas.convertToBlob()], 'a.jpg', { type: 'image/png' });
  })()`;
  await upload(page, noise, '{ replace: true }');
  const { length } = stored.get('.thumbnails/a.jpg')?.bytes ?? { length: 0 };
  t.ok(length > 10_000 && length <= 65_536, `${length} bytes`);
});

t.test('a film gets its first frame, and a file that came another way what the files host has', async (t) => {
  const { open, stored } = await openClient(t, browser);
  const page = await open();
  await upload(page, FILM);
  t.strictSame(await look(page, (await first(page)).thumbnailUrl ?? ''), [480, 270, 'image/webp']);
  for (const type of ['film', 'image']) {
    if (type === 'image') await upload(page, picture(960, 960), '{ replace: true }');
    stored.delete('.thumbnails/a.jpg');
    t.equal((await first(page)).thumbnailUrl, undefined, type);
    // A page that shows the file has it in its cache, in a form that no script may read.
    await page.evaluate(
      `gateway.files.list().then(({ files: [{ url }] }) => fetch(url, { mode: 'no-cors', credentials: 'include' }))`,
    );
    t.equal(
      await page.evaluate('gateway.files.list().then(({ files }) => gateway.files.addThumbnail(files[0]))'),
      true,
      type,
    );
    const height = type === 'film' ? 270 : 480;
    t.strictSame(await look(page, (await first(page)).thumbnailUrl ?? ''), [480, height, 'image/webp'], type);
  }
});

t.test('what cannot be drawn has none, and an upload without one is as good', async (t) => {
  const { open, state, requests } = await openClient(t, browser);
  const page = await open();
  for (const type of ['image/heic', 'image/svg+xml', 'video/mp4', 'text/csv']) {
    const file = `Promise.resolve(new File(['<svg>'], 'a', { type: '${type}' }))`;
    t.strictSame((await upload(page, file, '{ replace: true }')).name, 'a', type);
  }
  t.equal(
    await page.evaluate('gateway.files.list().then(({ files }) => gateway.files.addThumbnail(files[0]))'),
    false,
  );
  t.equal(requests('POST /api/thumbnails').length, 0);
  t.equal(requests('POST /api/files/details').length, 0, 'nothing is known');
  for (const fault of [[413, 'quota_exceeded'], [0], [503, 'files_unavailable']]) {
    state.faults.set('POST /api/thumbnails', [fault]);
    t.equal((await upload(page, picture(100, 100), '{ replace: true }')).name, 'a.jpg', String(fault));
  }
  t.equal(requests('POST /api/thumbnails').length, 3);
  const thumbnails = requests('POST /api/thumbnails').length;
  // Safari does the same.
  await page.evaluate(`
    HTMLCanvasElement.prototype.toDataURL = () => 'data:image/png;base64,';
  `);
  const described = requests('POST /api/files/details').length;
  await upload(page, picture(100, 100), '{ replace: true }');
  t.equal(requests('POST /api/thumbnails').length, thumbnails);
  t.equal(requests('POST /api/files/details').length, described + 1, 'the details come all the same');
});
