// Weekly, because of its cost: 35 CPU seconds; `.ci/run` has axe in the tests of each part, and the pictures of page-
// tour. Last result, November 2026: passed, 27 s.

import t from 'tap';
import { comesTo, openPage, waitUntil } from '../services/web/browser.ts';
import { createStandIn } from '../services/web/stand-in.ts';
import { launchChromium } from '../support/chromium.ts';
import { drawPng } from '../support/drawn-picture.ts';
import { axeViolations, resize, screenshotPath } from '../support/page-look.ts';

const LOOKS = [
  ['320', 'light', { width: 320, height: 640 }],
  ['320-dark', 'dark', { width: 320, height: 640 }],
  ['768', 'light', { width: 768, height: 1_000 }],
  ['768-dark', 'dark', { width: 768, height: 1_000 }],
  ['1280', 'light', { width: 1_280, height: 900 }],
  ['1280-dark', 'dark', { width: 1_280, height: 900 }],
] as const;

const browser = await launchChromium();
t.teardown(() => browser.close());

for (const count of [0, 1, 130, 10_000]) {
  t.test(`with ${count} files, in both languages, at three widths, light and dark`, async (t) => {
    const standIn = await createStandIn();
    const { page: painter } = await openPage(browser);
    t.teardown(async () => {
      await painter.context().close();
      await standIn.close();
    });
    const pictures = await Promise.all([20, 130, 205].map((hue) => drawPng(painter, hue)));
    for (let index = 0; index < count; index++) {
      const name = `${index % 9 === 4 ? '長い名前のとても美しい夏の海辺の写真 その' : 'photo '}${index}.png`;
      const bytes = pictures[index % pictures.length] ?? Buffer.of();
      const at = new Date(Date.UTC(2026, 10, 1) - index * 3_600_000).toISOString();
      for (const each of [name, `.thumbnails/${name}`]) standIn.store(each, 'image/png', bytes, at);
    }
    for (const locale of ['en-US', 'ja-JP']) {
      const { page, complaints } = await openPage(browser, { locale });
      await page.goto(`${standIn.origins.app}/auth/login`);
      await page
        .locator(count === 0 ? '#empty' : `#gallery li[aria-setsize="${count}"]`)
        .first()
        .waitFor();
      for (const [name, colorScheme, viewport] of LOOKS) {
        const title = `${count}-${locale.slice(0, 2)}-${name}`;
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await resize(page, viewport);
        await waitUntil(
          page,
          `[...document.querySelectorAll('#gallery img')].every((image) => image.complete || image.getBoundingClientRect().top > 2 * innerHeight)`,
        );
        t.strictSame(await axeViolations(page), [], `axe: ${title}`);
        const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
        await comesTo(t, () => page.evaluate(overflow), 0, `${title}: nothing sticks out sideways`);
        const isSmall = async () => (await page.locator('#gallery li').count()) < 100;
        await comesTo(t, isSmall, true, `${title}: the document holds only the pictures nearby`);
        await page.screenshot({ path: screenshotPath(`files-${title}`) });
      }
      t.strictSame(complaints, [], locale);
      await page.context().close();
    }
  });
}
