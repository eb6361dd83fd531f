import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { signInOnPage } from '../browser/support/places.ts';
import { openPage, waitUntil } from '../services/web/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { parseJson, type SignedInUser, type SignedPut, sendPut, sha256, signIn } from '../support/client.ts';
import { drawPng } from '../support/drawn-picture.ts';
import { startTestStack, type Teardown, type TestStack } from '../support/test-stack.ts';
import { amount, type BenchRun, compare } from './support/measure.ts';

const FILES = amount(1_000, 50);
const AT_ONCE = 16;
const ROUNDS = amount(3, 1);
const FRAMES = amount(200, 20);
/** A frame that takes longer has missed its turn twice. */
const SLOW_FRAME_MS = 34;
/**
 * The stack keeps its files in memory. The local S3 waits for the disk at each of 2,000 deletes, and S3 does not make a
 * page wait for them one by one.
 */
const MEMORY = '/dev/shm';
const DESKTOP = { width: 1_280, height: 900 };

/** Notes when the first frame with a card in it has been drawn: a message comes after the frame. */
const WATCH = `{
  const note = () => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { globalThis.paintedMs = performance.now(); };
    port2.postMessage(0);
  });
  new MutationObserver((_, observer) => {
    if (!document.querySelector('#gallery li')) return;
    observer.disconnect();
    note();
  }).observe(document, { childList: true, subtree: true });
}`;
/** A fast scroll through half of the files. Gives the number of slow frames. */
const SCROLL = `(async () => {
  const frame = () => new Promise(requestAnimationFrame);
  let before = await frame();
  let slow = 0;
  for (let turn = 0; turn < ${FRAMES}; turn++) {
    scrollBy(0, 120);
    const atMs = await frame();
    if (atMs - before > ${SLOW_FRAME_MS}) slow++;
    before = atMs;
  }
  return slow;
})()`;

/** The page with 1,000 pictures on the whole local stack, beside the bounds that a person is to feel. */
export async function run(t: Teardown): Promise<BenchRun> {
  const directory = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'gallery-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const stack = await startTestStack(t, { directory });
  const browser = await launchChromium();
  t.teardown(() => browser.close());
  const { page } = await openPage(browser, { viewport: DESKTOP });
  await fillFolder(stack, await signIn(stack, 'alice'), await drawThumbnails(page));
  await page.addInitScript(WATCH);
  await signInOnPage(page, stack.appOrigin, 'alice');
  const painted: number[] = [];
  const slow: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await page.reload();
    await waitUntil(page, 'globalThis.paintedMs > 0', 60);
    painted.push(await page.evaluate<number>('paintedMs'));
    await page.waitForLoadState('networkidle');
    slow.push(await page.evaluate<number>(SCROLL));
  }
  const deleted = await deleteAll(page);
  const row = (name: string, rounds: number[], bound: number) =>
    compare([name, `${FILES} files`], ['the page', rounds], ['the bound', [bound], { atMost: 1 }]);
  return [
    row('ms until the first cards are painted', painted, 500),
    row(`slow frames of ${FRAMES} in a fast scroll`, slow, 5),
    row('ms until all are deleted', [deleted], 5_000),
  ];
}

/** Thumbnails of twenty pictures, as the page makes them. */
async function drawThumbnails(page: Page): Promise<Uint8Array<ArrayBuffer>[]> {
  const drawn: Uint8Array<ArrayBuffer>[] = [];
  for (let hue = 0; hue < 360; hue += 18) {
    const png = (await drawPng(page, hue)).toString('base64');
    const webp = await page.evaluate<string>(`(async () => {
      const image = Object.assign(new Image(), { src: 'data:image/png;base64,${png}' });
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), { width: 480, height: 320 });
      canvas.getContext('2d').drawImage(image, 0, 0);
      return canvas.toDataURL('image/webp', 0.8);
    })()`);
    drawn.push(new Uint8Array(Buffer.from(webp.split(',')[1] ?? '', 'base64')));
  }
  return drawn;
}

async function fillFolder(
  stack: TestStack,
  alice: SignedInUser,
  thumbnails: readonly Uint8Array<ArrayBuffer>[],
): Promise<void> {
  const put = async (path: string, body: object, bytes: Uint8Array<ArrayBuffer>) => {
    const asked = { ...body, size: bytes.length, sha256: sha256(bytes) };
    const { upload } = await parseJson<{ upload: SignedPut }>(await alice.post(path, asked));
    const { status } = await sendPut(stack, upload, bytes);
    if (status !== 200) throw new Error(`S3 answers ${status}`);
  };
  let next = 0;
  const work = async () => {
    for (let index = next++; index < FILES; index = next++) {
      const name = `photo ${index}.webp`;
      const picture = thumbnails[index % thumbnails.length] ?? new Uint8Array();
      // The same picture is another file if bytes follow its end.
      const own = new Uint8Array(Buffer.concat([picture, Buffer.from(`${index}`)]));
      await put('/api/uploads', { name, type: 'image/webp' }, own);
      await put('/api/thumbnails', { name }, picture);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** Deletes all files by keys. @returns milliseconds until the page shows none */
async function deleteAll(page: Page): Promise<number> {
  await page.locator('#gallery .name[tabindex="0"]').focus();
  await page.keyboard.press('Control+a');
  const startedMs = performance.now();
  await page.keyboard.press('Delete');
  await page.locator('#empty').waitFor();
  return performance.now() - startedMs;
}
