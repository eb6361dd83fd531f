import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import type { buildWeb } from '../../services/web/build.ts';
import { openPage, PIXEL, waitUntil } from '../services/web/browser.ts';
import { createStandIn } from '../services/web/stand-in.ts';
import { cachedWeb } from '../support/cached-build.ts';
import { launchChromium, noChromium } from '../support/chromium.ts';
import { type BenchRun, measurementOf } from './support/result.ts';

/** The last commit in which the page showed the first 100 files, by name. */
export const FORMER = '29e1a3e';

/** Whether this clone has it: a shallow one may not. */
export function hasFormer(): boolean {
  return spawnSync('git', ['cat-file', '-e', `${FORMER}^{commit}`]).status === 0;
}

/** Builds the page as it was from its own sources, and gives the folder. */
export async function buildFormer(directory: string): Promise<string> {
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

interface Way {
  page: Page;
  paintedMs: number[];
  onLineMs: number[];
  clickMs: number[];
  setLine(line: typeof LINE): Promise<void>;
  close(): Promise<void>;
}

/** The page with 10,000 files beside the page as it was, which showed 100 of them, and 100 more for a click. */
export async function run(): Promise<BenchRun> {
  const reason = noChromium() || (hasFormer() ? false : `this clone has no commit ${FORMER}`);
  if (reason) return { skipped: reason };
  const directory = mkdtempSync(join(tmpdir(), 'gateway-former-'));
  const browser = await launchChromium();
  try {
    const ours = await open(browser, cachedWeb());
    const former = await open(browser, buildFormer(directory));
    for (let round = 0; round < ROUNDS; round++) {
      for (const way of [ours, former]) await visit(way);
    }
    await Promise.all([ours.close(), former.close()]);
    const row = (name: string, pick: (way: Way) => number[]) => {
      const mine = measurementOf('the page', pick(ours));
      const baseline = measurementOf('as it was, the first 100', pick(former));
      const ratio = mine.median / baseline.median;
      return { name, unit: '10,000 files, ms', ours: mine, baselines: [{ ...baseline, ratio }] };
    };
    return [
      row('until the first cards are painted', ({ paintedMs }) => paintedMs),
      row('the same at 10 Mbit/s and 40 ms', ({ onLineMs }) => onLineMs),
      row('from a click on Delete to the next frame', ({ clickMs }) => clickMs),
    ];
  } finally {
    await browser.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function open(browser: Browser, built: Promise<string>): Promise<Way> {
  const standIn = await createStandIn({ built });
  for (let index = 0; index < FILES; index++) {
    const name = `photo ${index}.png`;
    const at = new Date(Date.UTC(2026, 10, 1) - index * 60_000).toISOString();
    for (const each of [name, `.thumbnails/${name}`]) standIn.store(each, 'image/png', PIXEL, at);
  }
  const { page } = await openPage(browser, { viewport: DESKTOP });
  await page.addInitScript(WATCH);
  await page.goto(`${standIn.origins.app}/auth/login`);
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  return {
    ...{ page, paintedMs: [], onLineMs: [], clickMs: [] },
    async setLine(line) {
      await session.send('Network.emulateNetworkConditions', line);
    },
    async close() {
      await page.context().close();
      await standIn.close();
    },
  };
}

async function visit({ page, paintedMs, onLineMs, clickMs, setLine }: Way): Promise<void> {
  paintedMs.push(await reload(page));
  // Waits for the rest of the list, and for everything that it loads.
  await page.waitForLoadState('networkidle');
  clickMs.push(await page.evaluate<number>(CLICK));
  await setLine(LINE);
  onLineMs.push(await reload(page));
  await setLine(UNLIMITED);
}

async function reload(page: Page): Promise<number> {
  await page.reload();
  await waitUntil(page, 'globalThis.paintedMs > 0', 60);
  return page.evaluate<number>('paintedMs');
}
