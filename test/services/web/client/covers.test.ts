import t, { type Test } from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { comesTo, PIXEL, waitUntil } from '../browser.ts';
import { ALICE } from '../stand-in.ts';
import { openClient } from './open.ts';

const browser = await launchShell();
t.teardown(() => browser.close());

const FOLDER = `/users/${ALICE.id}`;

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
