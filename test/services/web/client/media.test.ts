import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { comesTo, PIXEL, until, waitUntil } from '../browser.ts';
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

t.test('in an app with a login of its own, an image fails before the script runs', async (t) => {
  const own = "createCookieGateway({ refreshUrl: '/files-cookies' })";
  const { context, origins, store, requests } = await openClient(t, browser, own);
  store('a.png', 'image/png', PIXEL);
  await context.clearCookies({ name: /^CloudFront-/ });
  await context.route('**/page.js', (route) => route.abort(), { times: 1 });
  const page = await context.newPage();
  await page.goto(`${origins.app}/client`);
  await addImage(page, `${origins.files}${FOLDER}/a.png`);
  await waitUntil(page, 'ends.length === 1');
  await page.evaluate("import('/page.js?again').then(() => undefined)");
  await comesTo(t, () => page.evaluate('ends'), ['error', 'load']);
  t.equal(requests('POST /files-cookies').length, 1, 'the first answer brings the cookies');
});

t.test('a refusal that arrives long after the renewal is one of the former cookies', async (t) => {
  const { open, context, origins, state, store, requests } = await openClient(t, browser);
  store('a.png', 'image/png', PIXEL);
  await context.clock.install();
  const page = await open();
  await context.clearCookies();
  const isLate = Promise.withResolvers<undefined>();
  const file = `GET files${FOLDER}/a.png`;
  state.answers.set(file, () => isLate.promise);
  await addImage(page, `${origins.files}${FOLDER}/a.png?v=1`);
  await until(() => requests(file).length, 1);
  await page.evaluate('gateway.refresh().then(() => undefined)');
  await context.clock.setSystemTime(Date.now() + 30_000);
  isLate.resolve(undefined);
  await comesTo(t, () => page.evaluate('ends'), ['error', 'load']);
  t.equal(requests('POST /auth/refresh').length, 1);
});

t.test(
  'cookies that are lost after a renewal are renewed, also for what the page had at the renewal',
  async (t) => {
    const { open, context, origins, store, requests } = await openClient(t, browser);
    await context.clock.install();
    const page = await open();
    await addImage(page, `${origins.files}${FOLDER}/a.png`);
    await waitUntil(page, 'globalThis.ends.length === 1');
    await settles(page);
    await page.evaluate('gateway.refresh().then(() => undefined)');
    await context.clock.setSystemTime(Date.now() + 30_000);
    store('a.png', 'image/png', PIXEL);
    await context.clearCookies({ name: /^CloudFront-/ });
    await page.evaluate("document.querySelector('img').src += ''");
    // There was no such file. The second error may be one of former cookies, the third one is not.
    await comesTo(t, () => page.evaluate('ends'), ['error', 'error', 'error', 'load']);
    t.equal(requests('POST /auth/refresh').length, 2);
  },
);

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
  t.equal(requests(`HEAD files${FOLDER}/-`).length, 1, 'the files host is asked why');
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

t.test('of what a page has when the watch begins, only what failed is asked about', async (t) => {
  const { context, open, origins, state, store, requests } = await openClient(t, browser);
  for (const name of ['a.png', 'b.png']) store(name, 'image/png', PIXEL);
  const page = await open();
  await addImage(page, `${origins.files}${FOLDER}/a.png`);
  await waitUntil(page, "ends.at(-1) === 'load'");
  const isLate = Promise.withResolvers<undefined>();
  state.answers.set(`GET files${FOLDER}/b.png`, () => isLate.promise);
  await addImage(page, `${origins.files}${FOLDER}/b.png`);
  await until(() => requests(`GET files${FOLDER}/b.png`).length, 1);
  await page.evaluate('void gateway.watchImages()');
  t.equal(
    await page.evaluate('document.getAnimations().length'),
    0,
    'what has loaded, or loads, stays in sight',
  );
  isLate.resolve(undefined);
  await comesTo(t, () => page.evaluate('ends'), ['load', 'load']);
  await settles(page);
  t.equal(requests('HEAD').length, 0);
  // Nobody watches this root yet.
  await context.clearCookies({ name: /^CloudFront-/ });
  await page.evaluate(`
    globalThis.root = document.body.appendChild(document.createElement('p')).attachShadow({ mode: 'open' });
    globalThis.failed = new Image();
    failed.src = '${origins.files}${FOLDER}/a.png?late';
    root.append(failed);
  `);
  await waitUntil(page, 'failed.complete');
  await page.evaluate('void gateway.watchImages(root)');
  await waitUntil(page, 'failed.naturalWidth === 1');
  t.equal(requests('POST /auth/refresh').length, 1);
});

t.test('a player goes on where it was when a seek finds the cookies past', async (t) => {
  const { open, signIn, origins, state, store, requests } = await openClient(t, browser);
  for (const name of ['long.wav', 'other.wav']) store(name, 'audio/wav', longSound());
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
  await page.evaluate(`
    globalThis.isMuted = new Promise((resolve) => sound.addEventListener('loadedmetadata', resolve, { once: true }));
    sound.pause();
    sound.src = '${origins.files}${FOLDER}/other.wav';
  `);
  await page.evaluate('isMuted.then(() => undefined)');
  t.equal(await page.evaluate('sound.currentTime'), 0, 'another sound begins at its beginning');

  const errors: unknown[] = [];
  page.on('pageerror', (error) => errors.push(error));
  await page.evaluate(`
    sound.play = async () => {
      globalThis.isRefused = true;
      throw new Error('not allowed');
    };
    Object.defineProperty(sound, 'paused', { value: false });
  `);
  state.cookieLifetimeMs = -1;
  await signIn();
  state.cookieLifetimeMs = 900_000;
  await page.evaluate('sound.currentTime = 4000');
  await waitUntil(page, 'globalThis.isRefused');
  await settles(page);
  t.strictSame(errors, [], 'the person starts it');
});

/** A page whose cookies have expired. The app host gives no others until it is `up`. */
async function openDown(t: Test) {
  const client = await openClient(t, browser);
  const { context, open, signIn, state, store, origins } = client;
  store('a.png', 'image/png', PIXEL);
  await context.clock.install();
  const page = await open();
  state.cookieLifetimeMs = -1;
  await signIn();
  state.cookieLifetimeMs = 900_000;
  await context.clock.setSystemTime(Date.now() + 3_600_000);
  const down = Array.from({ length: 99 }, () => [503, 'store_unavailable']);
  state.faults.set('POST /auth/refresh', down);
  const up = async () => {
    state.faults.clear();
    // The first call may join a renewal that is under way, and that the host has already refused. The second call
    // renews.
    await page.evaluate('gateway.refresh().catch(() => gateway.refresh()).then(() => undefined)');
  };
  await page.evaluate(`
    globalThis.image = new Image();
    globalThis.opacity = () => getComputedStyle(image).opacity;
  `);
  return { ...client, page, up, folder: origins.files + FOLDER };
}

t.test('what a page shows in place of an image that failed is seen', async (t) => {
  const { page, folder, up } = await openDown(t);
  await page.evaluate(`
    image.onerror = () => { image.src = 'data:image/png;base64,${PIXEL.toString('base64')}'; };
    image.src = '${folder}/a.png';
    document.body.append(image);
  `);
  await waitUntil(page, 'image.naturalWidth === 1');
  // A cover that nobody takes away ends after 60 seconds.
  await waitUntil(page, "opacity() === '1'", 30);
  await up();
  t.match(await page.evaluate('image.src'), /^data:/);
});

t.test('an image that a page hides when it fails stays hidden', async (t) => {
  const { open, origins, requests } = await openClient(t, browser);
  const page = await open();
  await page.evaluate(`
    globalThis.image = new Image();
    image.onerror = () => { image.style.display = 'none'; };
    image.src = '${origins.files}${FOLDER}/gone.png';
    document.body.append(image);
  `);
  await waitUntil(page, "image.style.display === 'none'");
  await waitUntil(page, 'document.getAnimations().length === 0');
  t.equal(await page.evaluate('image.style.display'), 'none');
  t.equal(requests(`GET files${FOLDER}/gone.png`).length, 1);
});

t.test('one that fails for another address meanwhile is left as it was', async (t) => {
  const { page, folder, up } = await openDown(t);
  await page.evaluate(`
    globalThis.errors = 0;
    image.onerror = () => { if (errors++ === 0) image.src = '${folder}/a.png?b'; };
    image.src = '${folder}/a.png';
    document.body.append(image);
  `);
  await waitUntil(page, 'errors === 2');
  await up();
  await waitUntil(page, 'image.naturalWidth === 1');
  // An image has its pixels before its event arrives.
  await comesTo(t, () => page.evaluate('[image.style.display, opacity()]'), ['', '1']);
});

t.test(
  'an app host that stays away, and a gateway that is closed: an image looks broken in the end',
  async (t) => {
    const { page, folder, up } = await openDown(t);
    await page.evaluate(`
    image.src = '${folder}/a.png';
    document.body.append(image);
  `);
    await waitUntil(page, "opacity() === '0'");
    await page.evaluate('document.getAnimations().forEach((cover) => { cover.currentTime = 60_000; })');
    await waitUntil(page, "opacity() === '1'", 30);
    await up();
    await waitUntil(page, 'image.naturalWidth === 1');
  },
);
