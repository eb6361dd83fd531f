import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { drawPng } from '../../support/drawn-picture.ts';
import { atLeast, PIXEL, roundTrip, until, waitForPixel, waitUntil } from './browser.ts';
import { openStandIn } from './open-page.ts';
import { ALICE } from './stand-in.ts';

const browser = await launchShell(t);

t.test('a card shows the thumbnail, and leads to the file', async (t) => {
  const { page, origins, store, requests, complaints } = await openStandIn(t, browser);
  store('a.png', 'image/png', Buffer.alloc(1_000_000));
  store('.thumbnails/a.png', 'image/webp', PIXEL);
  store('b.mp4', 'video/mp4', Buffer.alloc(1_000_000));
  store('.thumbnails/b.mp4', 'image/webp', PIXEL);
  await page.goto(`${origins.app}/auth/login`);
  await waitForPixel(page, 'a.png');
  await waitForPixel(page, 'b.mp4');
  t.match(await page.locator('img[alt="b.mp4"]').getAttribute('src'), '/.thumbnails/b.mp4?v=');
  t.match(await page.locator('#gallery a').first().getAttribute('href'), /\/a\.png\?v=/);
  await until(() => requests(`GET files/users/${ALICE.id}/?clear`).length, atLeast(1));
  await roundTrip(page);
  const asked = requests('GET files/').map(({ line }) => line.replace(/^.*\/users\/\w+\/|\?v.*$/g, ''));
  t.strictSame(
    asked.toSorted(),
    ['.thumbnails/a.png', '.thumbnails/b.mp4', '?clear'],
    'nothing of the originals',
  );
  t.equal(requests('POST /api/thumbnails').length, 0);
  t.strictSame(complaints, []);
});

t.test('a page makes the thumbnails that are missing, two at once, for the next visit', async (t) => {
  const { page, origins, store, stored, requests, complaints } = await openStandIn(t, browser);
  const picture = await drawPng(page, 200);
  const names = Array.from({ length: 6 }, (_, index) => `${index}.png`);
  for (const name of names) store(name, 'image/png', picture);
  store('broken.png', 'image/png', Buffer.from('no picture'));
  // The page itself counts: news of the end of a worker may come after news of the next worker.
  await page.addInitScript(`
    globalThis.running = globalThis.most = 0;
    const { Worker } = globalThis;
    globalThis.Worker = class extends Worker {
      constructor(...given) {
        super(...given);
        most = Math.max(most, ++running);
      }
      terminate() {
        running--;
        super.terminate();
      }
    };
  `);
  await page.goto(`${origins.app}/auth/login`);
  await until(() => stored.size, atLeast(13));
  t.strictSame(
    [...stored.keys()].filter((name) => name.startsWith('.')).toSorted(),
    names.map((name) => `.thumbnails/${name}`),
  );
  const most = await page.evaluate<number>('most');
  t.ok(most > 0 && most <= 2, `${most} at once`);
  const before = requests('GET files/').length;
  await page.reload();
  const isThere = `[...document.querySelectorAll('#gallery img[src*=".thumbnails"]')].filter((it) => it.naturalWidth > 0).length === 6`;
  await waitUntil(page, isThere);
  await roundTrip(page);
  t.equal(requests('POST /api/thumbnails').length, names.length);
  const again = requests('GET files/')
    .slice(before)
    .map(({ line }) => line);
  t.ok(again.length > 0 && again.every((line) => /\.thumbnails|broken/.test(line)), again.join('\n'));
  t.strictSame(complaints, []);
});
