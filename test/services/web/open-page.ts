import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { cards } from './acts.ts';
import { openPage, PIXEL, waitForPixel, watchErrors } from './browser.ts';
import { createStandIn } from './stand-in.ts';

interface Ending {
  teardown: (end: () => Promise<void>) => void;
}

/** A stand-in without files, and an empty page of a fresh profile. */
export async function openStandIn(
  t: Ending,
  browser: Browser,
  { hostname, ...options }: BrowserContextOptions & { hostname?: string } = {},
) {
  const standIn = await createStandIn(hostname === undefined ? {} : { hostname });
  const opened = await openPage(browser, options);
  const throwErrors = watchErrors(opened.page.context());
  t.teardown(async () => {
    await opened.page.context().close();
    await standIn.close();
    throwErrors();
  });
  return { ...standIn, ...opened };
}

/** A page of a signed-in user with files of one pixel, of the same time. All pictures have loaded. */
export async function openPictures(t: Ending, browser: Browser, names: readonly string[]) {
  const opened = await openStandIn(t, browser);
  for (const name of names) opened.store(name, 'image/png', PIXEL);
  await opened.page.goto(`${opened.origins.app}/auth/login`);
  for (const name of names) await waitForPixel(opened.page, name);
  if (names.length === 0) await opened.page.getByText('Nothing here yet').waitFor();
  return opened;
}

/**
 * A page of a stand-in with files of one pixel, the first name being the newest. The user is signed in, and the list
 * has loaded.
 */
export async function openFiles(
  t: Ending,
  browser: Browser,
  names: readonly string[],
  options: BrowserContextOptions = {},
) {
  const opened = await openStandIn(t, browser, options);
  const { page } = opened;
  /** Every red line of the console, also for a failed request. */
  const red: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') red.push(`${message.text()} ${message.location().url}`);
  });
  for (const [index, name] of names.entries()) {
    const newest = Date.UTC(2026, 10, 1);
    opened.store(name, 'image/png', PIXEL, new Date(newest - index * 60_000).toISOString());
  }
  await page.goto(`${opened.origins.app}/auth/login`);
  await drawn(page, names);
  return { ...opened, red };
}

/** Waits until the list of files has been drawn. @param names of the files that are stored */
export async function drawn(page: Page, names: readonly string[]): Promise<void> {
  await (names.length > 0 ? cards(page).first() : page.getByText('Nothing here yet')).waitFor();
}
