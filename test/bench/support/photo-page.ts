import type { Browser, CDPSession, Page } from 'playwright-core';
import { signInOnPage } from '../../browser/support/places.ts';
import { waitUntil } from '../../services/web/browser.ts';
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
import { DRAW, openClient, uploadTimes } from './photo-upload.ts';
import { type BenchResult, type Measurement, measurementOf } from './result.ts';

const PHOTOS = 100;
/**
 * The number of different photos. The others are the same with other bytes at the end, so they are files of their own.
 */
const DRAWN = 3;
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
  const page = await context.newPage();
  await signInOnPage(page, stack.appOrigin, 'photographer');
  await page.goto('about:blank');
  const session = await context.newCDPSession(page);
  await session.send('Network.clearBrowserCache');
  const view = await countVisit(session, stack);
  const first = await view(async () => {
    await page.goto(stack.appOrigin);
    await showAll(page);
  });
  const reload = await view(async () => {
    await page.reload();
    await showAll(page);
  });
  const others = reload.operations.filter((each) => !['session', 'list_files'].includes(each));
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
  const exactly = (name: string, count: number): Measurement => measurementOf(name, [count]);
  const row = (
    name: string,
    ours: number,
    theirs: [string, number],
    goal?: { atMost: number },
  ): BenchResult => ({
    name,
    unit: '',
    ours: exactly('thumbnails', ours),
    baselines: [{ ...exactly(...theirs), ratio: ours / theirs[1], ...(goal ? { goal } : {}) }],
  });
  const none = { atMost: 0 };
  return [
    row('photos of 5 MB, first visit: bytes in all', first.bytes, ['the originals', originals.bytes]),
    row('the same, beside the bound', first.bytes, ['the bound', MOST_BYTES], { atMost: 1 }),
    row(
      'photos of 5 MB, reload: bytes from the files host',
      reload.ofFiles,
      ['the first visit', first.ofFiles],
      none,
    ),
    row('reload: requests to the files host', reload.toFiles, ['the first visit', first.toFiles], none),
    row(
      'reload: requests to the service beside the page',
      reload.operations.length,
      ['session and list', 2],
      { atMost: 1 },
    ),
  ];
}

/** Shows all 100 by scrolling to the end, because the document holds only those nearby. */
async function showAll(page: Page): Promise<void> {
  await waitUntil(page, `!!document.querySelector('#gallery li[aria-setsize="${PHOTOS}"] img')`);
  await page.evaluate(`(async () => {
    const seen = new Set();
    for (let screens = 0; seen.size < ${PHOTOS}; screens++) {
      if (screens > ${PHOTOS}) throw new Error(seen.size + ' photos only');
      const images = [...document.querySelectorAll('#gallery img')];
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
