import type { Page } from 'playwright-core';
import t from 'tap';
import { PIXEL, waitUntil } from '../services/web/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import {
  cookieHeader,
  newProfile,
  PLACES,
  pictureOf,
  replay,
  signInOnPage,
  startPlace,
  TEST_HOSTS,
  uploadOnPage,
} from './support/places.ts';

const LIFETIME_SECONDS = 10;
const IMAGES = 50;
const DECODED = `[...document.querySelectorAll('.late')].filter((it) => it.naturalWidth > 0).length`;

/** When each renewal that the app host answered had begun, in milliseconds since 1970, by the tabs' own clocks. */
async function renewals(pages: Page[], sinceMs: number): Promise<number[]> {
  const begun = await Promise.all(
    pages.map((page) =>
      page.evaluate(() =>
        performance
          .getEntriesByType('resource')
          .filter(
            (it) => it.name.endsWith('/auth/refresh') && 'responseStatus' in it && it.responseStatus === 200,
          )
          .map(({ startTime }) => performance.timeOrigin + startTime),
      ),
    ),
  );
  return begun.flat().filter((atMs) => atMs >= sinceMs);
}

// These tests wait most of the time.
t.jobs = PLACES.length;
for (const place of PLACES) {
  t.test(
    `a page that slept past the end of its cookies: ${place}`,
    { buffered: true, timeout: 240_000 },
    async (t) => {
      const stack = await startPlace(t, place, { COOKIE_LIFETIME_SECONDS: String(LIFETIME_SECONDS) });
      const browser = await launchChromium(TEST_HOSTS);
      t.teardown(() => browser.close());
      const context = await newProfile(browser);
      const page = await context.newPage();
      await signInOnPage(page, stack.appOrigin, 'alice');
      const src = await uploadOnPage(page, 'a.png', PIXEL);

      for (const tabs of [1, 5]) {
        const pages = [page];
        while (pages.length < tabs) {
          const another = await context.newPage();
          await another.goto(stack.appOrigin);
          await waitUntil(another, `${pictureOf('a.png')}?.naturalWidth > 0`);
          pages.push(another);
        }
        // A closed laptop: nothing is renewed meanwhile, and all tabs wake up at once.
        await context.setOffline(true);
        await new Promise((resolve) => setTimeout(resolve, (LIFETIME_SECONDS + 1) * 1_000));
        t.equal(await replay(stack, src, await cookieHeader(context, src)), 403, 'the cookies have ended');
        const wokenMs = Date.now();
        await context.setOffline(false);
        const append = `for (let i = 0; i < ${IMAGES / tabs}; i++) {
        const image = Object.assign(new Image(), { src: '${src.split('?')[0]}?v=' + i, className: 'late' });
        document.querySelector('main').append(image);
      }`;
        await Promise.all(pages.map((each) => each.evaluate(append)));
        for (const each of pages) await waitUntil(each, `${DECODED} === ${IMAGES / tabs}`);
        t.pass(`${IMAGES} pictures decode, in ${tabs} tabs`);
        // On a busy machine the next renewal may be due before all pictures are there. It begins between five and seven
        // seconds after the first one began.
        const begun = await renewals(pages, wokenMs);
        const atOnce = begun.filter((atMs) => atMs < Math.min(...begun) + 4_000);
        t.equal(atOnce.length, 1, `one renewal for ${tabs} tabs`);
        await page.evaluate(`for (const image of document.querySelectorAll('.late')) image.remove()`);
      }
    },
  );
}
