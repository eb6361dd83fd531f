import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import type { Browser, Page } from 'playwright-core';
import type { World } from './world.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The reason why Chrome cannot be asked from here, in words. */
export async function chromeHindrance(): Promise<string | undefined> {
  try {
    await (await launch()).close();
    return undefined;
  } catch {
    return 'it needs Chrome or Chromium: none starts here';
  }
}

/**
 * Whether a browser asks for a file again after a query such as `?clear`, although it was told to keep the file.
 * @param query added to the address of the user's folder, which the browser visits in between
 */
export async function clearedBy(world: World, query: string): Promise<string | undefined> {
  const { alice, credential, origin, show } = world;
  const { status, headers } = await show(alice.path, credential, 'cookies');
  if (status !== 200) return undefined;
  const folder = `${origin}/users/${alice.id}/`;
  const file = `${origin}${alice.path}?v=${headers.etag?.replaceAll('"', '')}`;
  const browser = await launch();
  try {
    const context = await browser.newContext();
    const { hostname: domain, pathname: path } = new URL(folder);
    await context.addCookies(
      credential.map(([name, value]) => ({ domain, path, name: `CloudFront-${name}`, value })),
    );
    const page = await context.newPage();
    if (await isFromCache(page, file)) return 'it asked for nothing';
    if (!(await isFromCache(page, file))) return 'it keeps nothing';
    await page.goto(folder + query);
    return (await isFromCache(page, file)) ? 'shows what it kept' : 'asks again';
  } finally {
    await browser.close();
  }
}

/** Opens a file as a bookmark does. */
async function isFromCache(page: Page, url: string): Promise<boolean> {
  // Two openings in a row would be a reload, so the browser visits another page in between.
  await page.goto('about:blank');
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  const isKept = new Promise<boolean>((resolve) => {
    network.on('Network.responseReceived', ({ response }) => {
      if (response.url === url) resolve(response.fromDiskCache === true);
    });
  });
  await page.goto(url);
  return await isKept;
}

async function launch(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  const executablePath = programOnPath();
  if (executablePath === undefined) throw new Error('there is no Chromium on PATH');
  // Chromium's sandbox does not work for root.
  return await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
}

function programOnPath(): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  return PROGRAMS.flatMap((program) => directories.map((directory) => join(directory, program))).find(
    existsSync,
  );
}
