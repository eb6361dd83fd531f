import type { BrowserContext, Page } from 'playwright-core';
import { signInOnPage } from '../../browser/support/places.ts';
import { waitUntil } from '../../services/web/browser.ts';
import { clientAssets } from '../../services/web/client/open.ts';
import type { TestStack } from '../../support/test-stack.ts';
import { type BenchResult, measurementOf } from './result.ts';

const PHOTO_BYTES = 5_000_000;
const UPLOADS = 5;
/** 10 Mbit/s each way, in bytes a second. Latency in milliseconds. */
const LINE = { offline: false, uploadThroughput: 1_250_000, downloadThroughput: 1_250_000, latency: 40 };
const MOST_TIME = 1.15;

/** A photo of 24 megapixels: sky, edges, and the noise of a sensor. */
export const DRAW = (seed: number) => `(async () => {
  let state = ${seed} * 7919 + 1;
  const random = () => (state = (state * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff;
  const canvas = new OffscreenCanvas(6000, 4000);
  const context = canvas.getContext('2d');
  const sky = context.createLinearGradient(0, 0, 0, 4000);
  sky.addColorStop(0, 'hsl(' + random() * 360 + ' 60% 50%)');
  sky.addColorStop(1, 'hsl(' + random() * 360 + ' 60% 80%)');
  context.fillStyle = sky;
  context.fillRect(0, 0, 6000, 4000);
  for (let index = 0; index < 6000; index++) {
    context.fillStyle = 'hsl(' + random() * 360 + ' ' + random() * 70 + '% ' + random() * 90 + '% / 0.6)';
    context.beginPath();
    context.ellipse(random() * 6000, 1500 + random() * 2500, random() * 130, random() * 60, random() * 6, 0, 7);
    context.fill();
  }
  const grain = new OffscreenCanvas(1000, 1000);
  const pixels = grain.getContext('2d').createImageData(1000, 1000);
  for (let at = 0; at < pixels.data.length; at += 4) {
    pixels.data[at] = pixels.data[at + 1] = pixels.data[at + 2] = random() * 255;
    pixels.data[at + 3] = 22;
  }
  grain.getContext('2d').putImageData(pixels, 0, 0);
  for (let x = 0; x < 6; x++) for (let y = 0; y < 4; y++) context.drawImage(grain, x * 1000, y * 1000);
  let photo;
  for (let quality = 0.9; !photo || photo.size > ${PHOTO_BYTES}; quality -= 0.07) {
    photo = await canvas.convertToBlob({ type: 'image/jpeg', quality });
  }
  globalThis.photo = new File([photo, new Uint8Array(${PHOTO_BYTES} - photo.size)], 'photo.jpg', { type: 'image/jpeg' });
})()`;

/** Opens a document of the app host with the client library. */
export async function openClient(context: BrowserContext, stack: TestStack): Promise<Page> {
  const assets = clientAssets();
  await context.route(
    (url) => url.origin === stack.appOrigin && assets.has(url.pathname),
    (route) => {
      const { pathname } = new URL(route.request().url());
      return route.fulfill({ contentType: 'text/javascript', body: assets.get(pathname) ?? '' });
    },
  );
  const page = await context.newPage();
  await signInOnPage(page, stack.appOrigin, 'photographer');
  await page.evaluate("import('/page.js').then(() => undefined)");
  await waitUntil(page, 'globalThis.ready');
  return page;
}

/** Uploads with a thumbnail and without one by turns. A browser that writes no WebP makes none. */
export async function uploadTimes(page: Page): Promise<BenchResult> {
  await page.evaluate(
    `${DRAW(0)}.then(() => { globalThis.toDataURL = HTMLCanvasElement.prototype.toDataURL; })`,
  );
  const session = await page.context().newCDPSession(page);
  const upload = async (hasThumbnail: boolean) =>
    page.evaluate<number>(`(async () => {
      HTMLCanvasElement.prototype.toDataURL = ${hasThumbnail} ? toDataURL : () => '';
      const begun = performance.now();
      await gateway.files.upload(photo, { name: 'upload.jpg', replace: true });
      return performance.now() - begun;
    })()`);
  await upload(true);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', LINE);
  const times: [ours: number[], theirs: number[]] = [[], []];
  for (let round = 0; round < UPLOADS; round++) {
    times[0].push(await upload(true));
    times[1].push(await upload(false));
  }
  await session.detach();
  await page.evaluate(
    `HTMLCanvasElement.prototype.toDataURL = toDataURL; gateway.files.delete('upload.jpg')`,
  );
  const ours = measurementOf('with its thumbnail', times[0]);
  const baseline = measurementOf('without one', times[1]);
  const ratio = ours.median / baseline.median;
  return {
    name: 'upload of a JPEG of 5 MB at 10 Mbit/s: ms',
    ...{ unit: '', ours, baselines: [{ ...baseline, ratio, goal: { atMost: MOST_TIME } }] },
  };
}
