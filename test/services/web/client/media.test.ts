import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { comesTo, PIXEL, waitUntil } from '../browser.ts';
import { ALICE } from '../stand-in.ts';
import { openClient, settles } from './open.ts';

const browser = await launchShell(t);

const FOLDER = `/users/${ALICE.id}`;

/** Adds an image. `ends` tells how often it loaded or failed. */
async function addImage(page: Page, url: string): Promise<void> {
  await page.evaluate(`
    globalThis.ends ??= [];
    const image = new Image();
    image.onload = () => ends.push('load');
    image.onerror = () => ends.push('error');
    image.src = ${JSON.stringify(url)};
    document.body.append(image);
  `);
}

/** A WAV of silence. It is so long that a browser does not fetch all of it at once. */
function longSound(): Buffer {
  const bytes = Buffer.alloc(40_000_044, 128);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.set([16, 0, 0, 0, 1, 0, 1, 0], 16);
  bytes.writeUInt32LE(8_000, 24);
  bytes.writeUInt32LE(8_000, 28);
  bytes.set([1, 0, 8, 0], 32);
  bytes.write('data', 36);
  bytes.writeUInt32LE(bytes.length - 44, 40);
  return bytes;
}

t.test('an image whose cookies were lost is loaded again after one renewal', async (t) => {
  const { open, context, origins, store, requests } = await openClient(t, browser);
  store('a.png', 'image/png', PIXEL);
  const page = await open();
  await context.clearCookies();
  await addImage(page, `${origins.files}${FOLDER}/a.png?v=1`);
  await waitUntil(page, 'globalThis.ends.length === 2');
  t.strictSame(await page.evaluate('ends'), ['error', 'load']);
  t.equal(requests('POST /auth/refresh').length, 1);
  t.equal(requests(`GET files${FOLDER}/a.png`).length, 2);
});

t.test('a file that is not scanned yet starts no renewal', async (t) => {
  const { open, state, store, origins, requests } = await openClient(t, browser);
  state.isScanned = true;
  const page = await open();
  for (const name of ['new.png', 'clean.png']) {
    store(name, 'image/png', PIXEL);
    await addImage(page, `${origins.files}${FOLDER}/${name}`);
  }
  await waitUntil(page, 'globalThis.ends.length === 2');
  await settles(page);
  t.strictSame(await page.evaluate('ends.toSorted()'), ['error', 'load']);
  t.equal(requests('POST /auth/refresh').length, 0);
});

t.test('other failures are left alone: no such file, no picture, another host', async (t) => {
  const { open, origins, store, requests } = await openClient(t, browser);
  store('text.png', 'image/png', Buffer.from('no picture'));
  const page = await open();
  await addImage(page, `${origins.files}${FOLDER}/gone.png`);
  await addImage(page, `${origins.files}${FOLDER}/text.png`);
  await addImage(page, `${origins.app}/gone.png`);
  await waitUntil(page, 'globalThis.ends.length === 3');
  await settles(page);
  t.strictSame(await page.evaluate('ends'), ['error', 'error', 'error']);
  t.equal(requests(`GET files${FOLDER}/gone.png`).length, 1);
  t.equal(requests(`GET files${FOLDER}/text.png`).length, 1);
  t.equal(requests('GET /gone.png').length, 1);
  t.equal(requests('POST /auth/refresh').length, 0);
});

t.test(
  'cookies that never open anything: one renewal, one retry, also for elements put in place of others',
  async (t) => {
    const { context, open, signIn, origins, state, store, requests } = await openClient(t, browser);
    store('a.png', 'image/png', PIXEL);
    const page = await open();
    state.cookieLifetimeMs = -1;
    await signIn();
    const url = `${origins.files}${FOLDER}/a.png`;
    await addImage(page, url);
    await waitUntil(page, 'globalThis.ends.length === 2');
    await addImage(page, url);
    await waitUntil(page, 'globalThis.ends.length === 3');
    await settles(page);
    t.equal(await page.evaluate('ends.length'), 3);
    t.equal(requests('POST /auth/refresh').length, 1);
    // With other cookies, it has another try.
    state.cookieLifetimeMs = 900_000;
    await page.evaluate('gateway.refresh().then(() => undefined)');
    await context.clearCookies({ name: /^CloudFront-/ });
    await addImage(page, url);
    await comesTo(t, () => page.evaluate('ends.slice(3)'), ['error', 'load']);
    t.equal(requests('POST /auth/refresh').length, 3);
  },
);

t.test('the session has ended: one 401, and no request after it', async (t) => {
  const { open, context, origins, state, store, requests } = await openClient(t, browser);
  store('a.png', 'image/png', PIXEL);
  const page = await open();
  state.user = undefined;
  await context.clearCookies();
  for (let i = 0; i < 5; i++) await addImage(page, `${origins.files}${FOLDER}/a.png?v=${i}`);
  await waitUntil(page, "heard.at(-1)[0] === 'signedout'");
  t.strictSame(await page.evaluate('heard.at(-1)'), ['signedout', 'ended']);
  // The first answer may end the session before the last request has gone out.
  await waitUntil(page, 'globalThis.ends.length === 5');
  await settles(page);
  const before = state.log.length;
  for (let i = 5; i < 10; i++) await addImage(page, `${origins.files}${FOLDER}/a.png?v=${i}`);
  await waitUntil(page, 'globalThis.ends.length === 10');
  await page.evaluate("for (const type of ['focus', 'online']) dispatchEvent(new Event(type))");
  await settles(page);
  t.equal(requests('POST /auth/refresh').length, 1);
  const lines = state.log.slice(before).map(({ line }) => line);
  t.equal(lines.length, 5 + 1, `the images themselves, and the round trip of this test: ${lines}`);
});

t.test('a player goes on where it was when a seek finds the cookies past', async (t) => {
  const { open, signIn, origins, state, store, requests } = await openClient(t, browser);
  store('long.wav', 'audio/wav', longSound());
  const page = await open();
  await page.evaluate(`
    globalThis.sound = new Audio('${origins.files}${FOLDER}/long.wav');
    document.body.append(sound);
    sound.play();
  `);
  await waitUntil(page, 'sound.currentTime > 0.2');
  state.cookieLifetimeMs = -1;
  await signIn();
  state.cookieLifetimeMs = 900_000;
  await page.evaluate('sound.playbackRate = 2; sound.currentTime = 4000');
  await waitUntil(page, '!sound.error && sound.currentTime > 4000.2');
  t.equal(await page.evaluate('sound.paused'), false);
  t.equal(await page.evaluate('sound.playbackRate'), 2);
  t.equal(requests('POST /auth/refresh').length, 1);
});
