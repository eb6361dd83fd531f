import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { PIXEL, waitUntil } from '../browser.ts';
import { ALICE } from '../stand-in.ts';
import { openClient } from './open.ts';

const browser = await launchShell(t);

/** Each image has a size. A browser lays out loading and broken images in different ways. */
const IMAGES = [
  '<img alt="by attributes" width="60" height="40">',
  '<img width="60" height="40">',
  '<img alt="by styles" style="width: 60px; height: 40px">',
  '<img alt="as high as it is wide" width="40" height="40" style="width: 80px; height: auto">',
  '<img alt="by a ratio" style="width: 90px; aspect-ratio: 3 / 2">',
  '<img alt="a block" style="display: block; margin: auto" width="60" height="40">',
  '<img alt="" width="60" height="40">',
];

/** Counts the frames. For each image, also counts the frames in which its box differs from the first frame. */
const WATCH = `
  globalThis.images = [...document.images];
  globalThis.frames = 0;
  globalThis.moved = images.map(() => 0);
  const boxOf = (image) => JSON.stringify(image.getBoundingClientRect());
  const first = images.map(boxOf);
  (function frame() {
    frames++;
    images.forEach((image, index) => { if (boxOf(image) !== first[index]) moved[index]++; });
    requestAnimationFrame(frame);
  })();
`;

/** Waits until so many more frames have been shown. */
async function pass(page: Page, frames: number): Promise<void> {
  await waitUntil(page, `frames >= ${(await page.evaluate<number>('frames')) + frames}`);
}

/** A page of images whose cookies are gone. The renewal waits until the test releases it. */
async function openBroken(t: Test) {
  const { context, open, origins, state, store, requests } = await openClient(t, browser);
  store('a.png', 'image/png', PIXEL);
  const { promise: renewable, resolve: renew } = Promise.withResolvers<void>();
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  await context.route('**/auth/refresh', async (route) => {
    await renewable;
    await route.continue();
  });
  await context.route('**/a.png*', async (route) => {
    await answered;
    await route.continue();
  });
  const page = await open();
  await context.clearCookies();
  await page.evaluate(`
    document.body.innerHTML = ${JSON.stringify(`${IMAGES.map((html) => `<p>${html} text</p>`).join('')}`)};
    globalThis.errors = 0;
    globalThis.styles = [...document.images].map((image) => image.style.cssText);
    [...document.images].forEach((image, index) => {
      image.addEventListener('error', () => errors++);
      image.src = '${origins.files}/users/${ALICE.id}/a.png?v=' + index;
    });
  `);
  await page.evaluate(WATCH);
  return { page, state, requests, answer, renew };
}

t.test('an image that is renewed does not look broken, and nothing around it moves', async (t) => {
  const { page, requests, answer, renew } = await openBroken(t);
  await pass(page, 3);
  const loading = await page.screenshot();
  answer();
  await waitUntil(page, `errors === ${IMAGES.length}`);
  await pass(page, 40);
  t.ok((await page.screenshot()).equals(loading), 'as when it was loading');
  renew();
  await waitUntil(page, 'images.every((image) => image.naturalWidth === 1)');
  await pass(page, 3);
  t.notOk((await page.screenshot()).equals(loading), 'then the image');
  const moved = await page.evaluate<number[]>('moved');
  // Chromium may paint one frame between the failure of an image and its event. That frame moves all images below.
  t.ok(Math.max(...moved) <= IMAGES.length, `frames with another box: ${moved}`);
  t.equal(await page.evaluate('images.every((image, index) => document.images[index] === image)'), true);
  t.strictSame(
    await page.evaluate('images.map(({ style }) => style.cssText)'),
    await page.evaluate('styles'),
  );
  t.equal(requests('POST /auth/refresh').length, 1);
});

t.test('an image that stays broken looks so', async (t) => {
  const { page, state, answer, renew } = await openBroken(t);
  await pass(page, 3);
  const loading = await page.screenshot();
  state.user = undefined;
  answer();
  renew();
  await waitUntil(page, "heard.at(-1)[0] === 'signedout'");
  await pass(page, 3);
  t.notOk((await page.screenshot()).equals(loading));
});
