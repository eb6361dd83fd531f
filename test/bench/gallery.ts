import { execFileSync, spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import type { buildWeb } from '../../services/web/build.ts';
import { openPage, PIXEL, waitUntil } from '../services/web/browser.ts';
import { createStandIn } from '../services/web/stand-in.ts';
import { cachedWeb } from '../support/cached-build.ts';
import { launchChromium } from '../support/chromium.ts';
import { type Teardown, temporaryDirectory } from '../support/test-stack.ts';
import { type BenchRun, compare, inTurns } from './support/measure.ts';

/** The last commit in which the page showed the first 100 files, by name. */
const FORMER = '29e1a3e';

/** Whether this clone has it: a shallow one may not. */
function hasFormer(): boolean {
  return spawnSync('git', ['cat-file', '-e', `${FORMER}^{commit}`]).status === 0;
}

/** Builds the page as it was from its own sources, and gives the folder. */
async function buildFormer(directory: string): Promise<string> {
  const sources = execFileSync('git', ['archive', FORMER, 'services', 'edge', 'package.json'], {
    maxBuffer: 100_000_000,
  });
  execFileSync('tar', ['-x', '-C', directory], { input: sources });
  symlinkSync(join(process.cwd(), 'node_modules'), join(directory, 'node_modules'));
  const path = pathToFileURL(join(directory, 'services/web/build.ts')).href;
  const former: { buildWeb: typeof buildWeb } = await import(path);
  const web = join(directory, 'web');
  former.buildWeb(web);
  return web;
}

const FILES = 10_000;
const ROUNDS = 5;
const DESKTOP = { width: 1_280, height: 900 };
/** Both directions; bytes a second, and milliseconds. */
const UNLIMITED = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
const LINE = { offline: false, latency: 40, downloadThroughput: 1_250_000, uploadThroughput: 1_250_000 };

/** Notes when the first frame with a card in it has been drawn: a message comes after the frame. */
const WATCH = `{
  globalThis.frame = () => new Promise((resolve) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now());
    port2.postMessage(0);
  }));
  new MutationObserver((_, observer) => {
    if (!document.querySelector('#gallery li')) return;
    observer.disconnect();
    frame().then((atMs) => { globalThis.paintedMs = atMs; });
  }).observe(document, { childList: true, subtree: true });
}`;
const CLICK = `(async () => {
  const button = document.querySelector('#gallery li button[aria-label^="Delete"]');
  const startMs = performance.now();
  button.click();
  const endMs = await frame();
  if (!document.querySelector('#confirm').open) throw new Error('no question');
  document.querySelector('#confirm').close();
  return endMs - startMs;
})()`;

/** The page with 10,000 files beside the page as it was, which showed 100 of them, and 100 more for a click. */
export async function run(t: Teardown): Promise<BenchRun> {
  if (!hasFormer()) return { skipped: `this clone has no commit ${FORMER}` };
  const browser = await launchChromium();
  t.teardown(() => browser.close());
  const [ours = [], former = []] = await inTurns(
    [await openWith(t, browser, cachedWeb()), await openWith(t, browser, buildFormer(temporaryDirectory(t)))],
    ROUNDS,
  );
  const row = (name: string, pick: (visit: Visit) => number) =>
    compare(
      [name, '10,000 files, ms'],
      ['the page', ours.map(pick)],
      ['as it was, the first 100', former.map(pick)],
    );
  return [
    row('until the first cards are painted', ({ paintedMs }) => paintedMs),
    row('the same at 10 Mbit/s and 40 ms', ({ onLineMs }) => onLineMs),
    row('from a click on Delete to the next frame', ({ clickMs }) => clickMs),
  ];
}

interface Visit {
  paintedMs: number;
  onLineMs: number;
  clickMs: number;
}

/** @returns one visit */
async function openWith(
  t: Teardown,
  browser: Browser,
  built: Promise<string>,
): Promise<() => Promise<Visit>> {
  const standIn = await createStandIn({ built });
  t.teardown(() => standIn.close());
  for (let index = 0; index < FILES; index++) {
    const name = `photo ${index}.png`;
    const at = new Date(Date.UTC(2026, 10, 1) - index * 60_000).toISOString();
    for (const each of [name, `.thumbnails/${name}`]) standIn.store(each, 'image/png', PIXEL, at);
  }
  const { page } = await openPage(browser, { viewport: DESKTOP });
  t.teardown(() => page.context().close());
  await page.addInitScript(WATCH);
  await page.goto(`${standIn.origins.app}/auth/login`);
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  return async () => {
    const paintedMs = await reload(page);
    // Waits for the rest of the list, and for everything that it loads.
    await page.waitForLoadState('networkidle');
    const clickMs = await page.evaluate<number>(CLICK);
    await session.send('Network.emulateNetworkConditions', LINE);
    const onLineMs = await reload(page);
    await session.send('Network.emulateNetworkConditions', UNLIMITED);
    return { paintedMs, clickMs, onLineMs };
  };
}

async function reload(page: Page): Promise<number> {
  await page.reload();
  await waitUntil(page, 'globalThis.paintedMs > 0', 60);
  return page.evaluate<number>('paintedMs');
}
