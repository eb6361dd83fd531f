// Weekly, because it asks axe 90 times, and some pages have 10,000 files. Last result: 2026-11-29, all 75 states of that
// time passed, 110 s on a busy machine.
import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { axeViolations } from '../../support/page-look.ts';
import { comesTo, PIXEL } from './browser.ts';
import { openStandIn } from './open-page.ts';

t.setTimeout(900_000);

const browser = await launchShell(t);
const DESKTOP = { width: 1_280, height: 900 };

/** How a person may see the page. A zoom of 200 % halves the width. */
const LOOKS: Record<string, (page: Page) => Promise<void>> = {
  light: async (page) => page.setViewportSize(DESKTOP),
  dark: (page) => page.emulateMedia({ colorScheme: 'dark' }),
  'forced colours': (page) => page.emulateMedia({ colorScheme: 'light', forcedColors: 'active' }),
  '320 px': async (page) => {
    await page.emulateMedia({ forcedColors: 'none' });
    await page.setViewportSize({ width: 320, height: 640 });
  },
  '768 px': async (page) => page.setViewportSize({ width: 768, height: 1_000 }),
  '200 %': (page) => page.setViewportSize({ width: DESKTOP.width / 2, height: DESKTOP.height / 2 }),
};

for (const [count, locale] of [
  [0, 'en'],
  [1, 'ja'],
  [89, 'en'],
  [1_000, 'en'],
  [10_000, 'ja'],
] as const) {
  t.test(`${count} files, ${locale}`, async (t) => {
    const { page, origins, store } = await openStandIn(t, browser, { locale });
    for (let index = 0; index < count; index++) store(`${index}.png`, 'image/png', PIXEL);
    await page.goto(`${origins.app}/auth/login`);
    for (const place of ['', '#photos/', '#shared']) {
      await page.goto(`${origins.app}/${place}`);
      await page
        .locator(place === '#shared' ? '#shared' : count === 0 ? '#empty' : '#gallery li')
        .first()
        .waitFor();
      for (const [look, take] of Object.entries(LOOKS)) {
        await take(page);
        t.strictSame(await axeViolations(page), [], `${place} ${look}`);
        const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
        await comesTo(t, () => page.evaluate(overflow), 0, `${place} ${look}: nothing sticks out sideways`);
      }
    }
  });
}
