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

/** The steps of the page while it sends a file, in order. */
const WATCH = `
  globalThis.did = [];
  for (const [of, name] of [[globalThis, 'Worker'], [globalThis, 'createImageBitmap']]) {
    const original = of[name];
    of[name] = function (...given) {
      did.push(name);
      return new.target ? new original(...given) : original(...given);
    };
  }
  const { send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.send = function (body) {
    did.push('send ' + body.type);
    return send.call(this, body);
  };
`;
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

t.test(
  'an image gets a thumbnail: drawn by a worker, not before the file goes up, sent after it',
  async (t) => {
    const { open, stored, requests } = await openClient(t, browser);
    const page = await open();
    await page.evaluate(WATCH);
    await upload(page, picture(2_400, 1_200));
    t.strictSame(await page.evaluate('did'), ['send image/jpeg', 'Worker', 'send image/webp']);
    const { thumbnailUrl = '' } = await first(page);
    t.strictSame(await look(page, thumbnailUrl), [480, 240, 'image/webp']);
    t.ok((stored.get('.thumbnails/a.jpg')?.bytes.length ?? 0) <= 65_536);
    t.strictSame(
      requests('POST /api/').map(({ line }) => line),
      ['POST /api/uploads', 'POST /api/thumbnails'],
    );
    await page.evaluate('did.splice(0)');
    await upload(page, picture(1_200, 2_400), '{ replace: true }');
    t.strictSame(await page.evaluate('did'), ['send image/jpeg', 'send image/webp'], 'the same worker');
    t.strictSame(await look(page, (await first(page)).thumbnailUrl ?? ''), [240, 480, 'image/webp']);
  },
);

t.test('a worker that failed draws no second picture', async (t) => {
  const { open } = await openClient(t, browser);
  const page = await open();
  await page.evaluate(`
    const { prototype } = Worker;
    const { postMessage } = prototype;
    prototype.postMessage = function () {
      prototype.postMessage = postMessage;
      this.dispatchEvent(new Event('error'));
    };
  `);
  await page.evaluate(WATCH);
  await upload(page, picture(600, 300));
  t.notOk('thumbnailUrl' in (await first(page)));
  await upload(page, picture(300, 600), '{ replace: true }');
  t.strictSame(await look(page, (await first(page)).thumbnailUrl ?? ''), [240, 480, 'image/webp']);
  const workers = await page.evaluate<string[]>(`did.filter((step) => step === 'Worker')`);
  t.equal(workers.length, 2);
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
  for (const fault of [[413, 'quota_exceeded'], [0], [503, 'files_unavailable']]) {
    state.faults.set('POST /api/thumbnails', [fault]);
    t.equal((await upload(page, picture(100, 100), '{ replace: true }')).name, 'a.jpg', String(fault));
  }
  t.equal(requests('POST /api/thumbnails').length, 3);
  // Safari does the same.
  await page.evaluate(`
    HTMLCanvasElement.prototype.toDataURL = () => 'data:image/png;base64,';
    globalThis.Worker = undefined;
  `);
  await upload(page, picture(100, 100), '{ replace: true }');
  t.equal(requests('POST /api/thumbnails').length, 3);
});

t.test('blobs have the name that is given, and all() is every file', async (t) => {
  const { open, state, store, requests } = await openClient(t, browser);
  const page = await open();
  await page.evaluate(`gateway.files.upload(new Blob(['1'], { type: 'text/plain' }), { name: 'b.txt' })`);
  for (const name of ['c.txt', 'd.txt', 'e.txt']) store(name, 'text/plain', Buffer.from(name));
  state.pageSize = 2;
  const all = (options: string) =>
    page.evaluate<string[]>(`(async () => {
      const names = [];
      for await (const { name } of gateway.files.all(${options})) names.push(name);
      return names;
    })()`);
  const before = requests('GET /api/files').length;
  t.strictSame(await all(''), ['b.txt', 'c.txt', 'd.txt', 'e.txt']);
  t.strictSame(
    requests('GET /api/files')
      .slice(before)
      .map(({ line }) => line),
    ['GET /api/files?limit=1000', 'GET /api/files?limit=1000&cursor=2'],
  );
  await all(`{ prefix: 'c' }`);
  t.equal(requests('GET /api/files?limit=1000&prefix=c').length, 1);
});
