import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { openPage, PIXEL } from './browser.ts';
import { createStandIn } from './stand-in.ts';

interface Ending {
  teardown: (end: () => Promise<void>) => void;
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
  const standIn = await createStandIn();
  const { page, complaints } = await openPage(browser, options);
  t.teardown(async () => {
    await page.context().close();
    await standIn.close();
  });
  /** Every red line of the console, also for a failed request. */
  const red: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') red.push(`${message.text()} ${message.location().url}`);
  });
  for (const [index, name] of names.entries()) {
    const newest = Date.UTC(2026, 10, 1);
    standIn.store(name, 'image/png', PIXEL, new Date(newest - index * 60_000).toISOString());
  }
  await page.goto(`${standIn.origins.app}/auth/login`);
  await page
    .locator(names.length > 0 ? '#gallery li' : '#empty')
    .first()
    .waitFor();
  return { ...standIn, page, complaints, red };
}

/** The names of the cards in the document, in order. A folder has its path. */
export function namesOf(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(
    `[...document.querySelectorAll('#gallery li')].map((li) => li.dataset.name ?? li.dataset.folder)`,
  );
}
