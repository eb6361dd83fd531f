import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { signInOnPage } from '../../browser/support/places.ts';
import { waitUntil } from '../../services/web/browser.ts';
import { clientAssets } from '../../services/web/client/open.ts';
import {
  type FileList,
  parseJson,
  type SignedInUser,
  type SignedPut,
  sendPut,
  sha256,
  signIn,
} from '../../support/client.ts';
import type { TestStack } from '../../support/test-stack.ts';
import { amount, type BenchResult, compare, type Goal, inTurns } from './measure.ts';

const PHOTOS = amount(100, 4);
/**
 * The number of different photos. The others are the same with other bytes at the end, so they are files of their own.
 */
const DRAWN = amount(3, 1);
const MOST_BYTES = 3_000_000;

/** The page of 100 photos, and the cost of a thumbnail in an upload. */
export async function photoPage(browser: Browser, stack: TestStack): Promise<BenchResult[]> {
  const alice = await signIn(stack, 'photographer');
  const context = await browser.newContext();
  try {
    const page = await openClient(context, stack);
    const times = await uploadTimes(page);
    await fillFolder(page, stack, alice);
    return [...(await visits(browser, stack)), times];
  } finally {
    await context.close();
  }
}

/** A few photos go up as a person uploads them. The results are copied for the others. */
async function fillFolder(page: Page, stack: TestStack, alice: SignedInUser): Promise<void> {
  const put = async (path: string, body: object, bytes: Uint8Array<ArrayBuffer>) => {
    const asked = { ...body, size: bytes.length, sha256: sha256(bytes) };
    const { upload } = await parseJson<{ upload: SignedPut }>(await alice.post(path, asked));
    const { status } = await sendPut(stack, upload, bytes);
    if (status !== 200) throw new Error(`S3 answers ${status}`);
  };
  const read = async (url: string | undefined) =>
    new Uint8Array(await (await alice.request(url ?? '')).arrayBuffer());
  for (let drawn = 0; drawn < DRAWN; drawn++) {
    const name = `${drawn} original.jpg`;
    await page.evaluate(
      `${DRAW(drawn)}.then(() => gateway.files.upload(photo, { name: '${name}' }).then(() => undefined))`,
    );
    const { files } = await parseJson<FileList>(
      await alice.request(`${stack.appOrigin}/api/files?prefix=${encodeURIComponent(name)}`),
    );
    const photo = await read(files[0]?.url);
    const thumbnail = await read(files[0]?.thumbnailUrl);
    for (let copy = DRAWN + drawn; copy < PHOTOS; copy += DRAWN) {
      const its = `photo ${copy}.jpg`;
      new DataView(photo.buffer).setUint32(photo.length - 4, copy);
      await put('/api/uploads', { name: its, type: 'image/jpeg' }, photo);
      await put('/api/thumbnails', { name: its }, thumbnail);
    }
  }
}

/** An empty page of somebody who is signed in. The gallery has loaded the same pictures, so the cache is cleared. */
export async function openSignedIn(context: BrowserContext, { appOrigin }: TestStack, login: string) {
  const page = await context.newPage();
  await signInOnPage(page, appOrigin, login);
  await page.goto('about:blank');
  const session = await context.newCDPSession(page);
  await session.send('Network.clearBrowserCache');
  return { page, session };
}

interface Visit {
  ofFiles: number;
  bytes: number;
  /** Requests that left the browser. */
  toFiles: number;
  /** Operations of the service, without the page itself. */
  operations: string[];
}

async function visits(browser: Browser, stack: TestStack): Promise<BenchResult[]> {
  const context = await browser.newContext();
  const { page, session } = await openSignedIn(context, stack, 'photographer');
  const view = await countVisit(session, stack);
  const first = await view(() => page.goto(stack.appOrigin).then(() => showAll(page)));
  const reload = await view(() => page.reload().then(() => showAll(page)));
  const others = reload.operations.filter((each) => !['session', 'list_files', 'list_teams'].includes(each));
  if (others.length > 0) throw new Error(`a reload asked for ${others.join(', ')}`);
  // The same photos at full size: loaded, and not drawn.
  const originals = await view(() =>
    page.evaluate(`(async () => {
      const { files } = await (await fetch('/api/files?limit=1000')).json();
      for (const { url } of files) {
        const image = new Image();
        image.src = url;
        await new Promise((resolve, reject) => { image.onload = resolve; image.onerror = reject; });
      }
    })()`),
  );
  await context.close();
  const row = (name: string, ours: number, [their, count]: [string, number], goal?: Goal) =>
    compare([name, ''], ['thumbnails', [ours]], [their, [count], goal]);
  const none = { atMost: 0 };
  const { ofFiles, toFiles, operations } = reload;
  return [
    row('photos of 5 MB, first visit: bytes in all', first.bytes, ['the originals', originals.bytes]),
    row('the same, beside the bound', first.bytes, ['the bound', MOST_BYTES], { atMost: 1 }),
    row(
      'photos of 5 MB, reload: bytes from the files host',
      ofFiles,
      ['the first visit', first.ofFiles],
      none,
    ),
    row('reload: requests to the files host', toFiles, ['the first visit', first.toFiles], none),
    row(
      'reload: requests to the service beside the page',
      operations.length,
      ['session, files and teams', 3],
      {
        atMost: 1,
      },
    ),
  ];
}

/** Shows all 100 by scrolling to the end, because the document holds only those nearby. */
async function showAll(page: Page): Promise<void> {
  await page.getByText(`${PHOTOS} files`, { exact: true }).waitFor();
  await page.evaluate(`(async () => {
    const seen = new Set();
    for (let screens = 0; seen.size < ${PHOTOS}; screens++) {
      if (screens > ${PHOTOS}) throw new Error(seen.size + ' photos only');
      const images = [...document.querySelectorAll('main li img')];
      await Promise.all(images.map((image) => {
        image.loading = 'eager';
        seen.add(image.alt);
        return image.decode();
      }));
      scrollBy(0, innerHeight);
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    }
  })()`);
}

async function countVisit(session: CDPSession, stack: TestStack) {
  const count = { bytes: 0, ofFiles: 0, toFiles: new Set<string>() };
  const files = new Set<string>();
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (request.url.startsWith(stack.filesOrigin)) files.add(requestId);
  });
  session.on('Network.responseReceived', ({ requestId, response }) => {
    const isCached = response.fromDiskCache === true || response.fromPrefetchCache === true;
    if (files.has(requestId) && !isCached) count.toFiles.add(requestId);
  });
  session.on('Network.requestServedFromCache', ({ requestId }) => {
    files.delete(requestId);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    count.bytes += encodedDataLength;
    if (files.has(requestId)) count.ofFiles += encodedDataLength;
  });
  await session.send('Network.enable');
  const operations = async () =>
    (await stack.settledLog()).map((line) => /"operation":"(\w+)"/.exec(line)?.[1] ?? '');
  return async (open: () => Promise<unknown>): Promise<Visit> => {
    const before = (await operations()).length;
    Object.assign(count, { bytes: 0, ofFiles: 0, toFiles: new Set() });
    await open();
    const asked = (await operations())
      .slice(before)
      .filter((each) => !['', 'livez', 'page', 'demo'].includes(each));
    return { bytes: count.bytes, ofFiles: count.ofFiles, toFiles: count.toFiles.size, operations: asked };
  };
}

const PHOTO_BYTES = 5_000_000;
const UPLOADS = 5;
/** 10 Mbit/s each way, in bytes a second. Latency in milliseconds. */
const LINE = { offline: false, uploadThroughput: 1_250_000, downloadThroughput: 1_250_000, latency: 40 };
const MOST_TIME = 1.15;

/** A photo of 24 megapixels: sky, edges, and the noise of a sensor. */
const DRAW = (seed: number) => `(async () => {
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
async function openClient(context: BrowserContext, stack: TestStack): Promise<Page> {
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
async function uploadTimes(page: Page): Promise<BenchResult> {
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
  const [withIts = [], without = []] = await inTurns([() => upload(true), () => upload(false)], UPLOADS);
  await session.detach();
  await page.evaluate(
    `HTMLCanvasElement.prototype.toDataURL = toDataURL; gateway.files.delete('upload.jpg')`,
  );
  return compare(
    ['upload of a JPEG of 5 MB at 10 Mbit/s: ms', ''],
    ['with its thumbnail', withIts],
    ['without one', without, { atMost: MOST_TIME }],
  );
}
