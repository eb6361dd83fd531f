import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { card, choose, fileLink, press } from './acts.ts';
import { atLeast, comesTo, PIXEL, roundTrip, until, waitForPixel, waitUntil } from './browser.ts';
import { openPictures } from './open-page.ts';

const browser = await launchShell(t);

const picture = (name: string) => ({ name, mimeType: 'image/png', buffer: PIXEL });
const failure = (page: Page, name: string) => page.locator('#failures li', { hasText: name });
const row = (page: Page, name: string) => page.locator(`#uploads li[data-name="${name}"]`);

t.test('an upload can be cancelled, while it waits and on its way', async (t) => {
  const { page, state, requests } = await openPictures(t, browser, []);
  let release = () => {};
  state.s3Gate = new Promise((resolve) => {
    release = resolve;
  });
  await choose(page, ...['1', '2', '3', '4'].map((name) => picture(`${name}.png`)));
  await row(page, '4.png').getByText('Waiting').waitFor();
  await press(page, 'Cancel the upload of 4.png');
  await press(page, 'Cancel the upload of 1.png');
  await page.getByText('The upload of 1.png was cancelled.').waitFor();
  release();
  await fileLink(page, '3.png').waitFor();
  await waitUntil(page, `document.querySelectorAll('#uploads li').length === 0`);
  await until(() => requests('POST /api/uploads').length, atLeast(3));
  await roundTrip(page);
  t.equal(requests('POST /api/uploads').length, 3, 'what waited is not even asked for');
  t.equal(await card(page, '4.png').count(), 0);
});

t.test('says beside each file why it failed', async (t) => {
  const { page, state } = await openPictures(t, browser, []);
  for (const [status, code, words, canRetry] of [
    [413, 'file_too_large', /too large/, false],
    [415, 'type_not_allowed', /type/, false],
    [422, 'invalid_name', /name cannot be used/, false],
    [429, 'rate_limited', /Too much at once/, true],
    [503, 'store_unavailable', /server has a problem/, true],
  ] as const) {
    state.faults.set('POST /api/uploads', [[status, code]]);
    await choose(page, picture(`${code}.png`));
    const failed = failure(page, `${code}.png`);
    await failed.locator('.failed', { hasText: words }).waitFor();
    const tries = failed.getByRole('button', { name: 'Try again' });
    await comesTo(t, () => tries.count(), canRetry ? 1 : 0, code);
  }
  await press(page, 'Try again: rate_limited.png');
  await page.getByText('1 uploaded, 4 failed.').waitFor();
  await fileLink(page, 'rate_limited.png').waitFor();
  await failure(page, 'rate_limited.png').waitFor({ state: 'detached' });
  await press(page, 'Dismiss: invalid_name.png');
  await failure(page, 'invalid_name.png').waitFor({ state: 'detached' });
  await comesTo(t, () => page.evaluate('document.activeElement.id'), 'new', 'focus does not fall to the top');
});

t.test('a storage that refuses, or goes away, is said; each try asks for a new address', async (t) => {
  const { page, state, requests } = await openPictures(t, browser, []);
  // The pauses before the next tries are one and two seconds.
  await page.evaluate(`(() => {
    const wait = setTimeout;
    globalThis.setTimeout = (run, ms) => wait(run, ms === 1_000 || ms === 2_000 ? 50 : ms);
    // The words are on the screen for one short pause.
    globalThis.waited = new Promise((resolve) => {
      const look = () => document.body.innerText.includes('Waiting for the network') && resolve();
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    });
  })()`);
  state.faults.set('PUT files/bucket', [
    ...Array.from({ length: 3 }, () => [403, 'expired']),
    ...Array.from({ length: 3 }, () => [0, 'gone']),
  ]);
  await choose(page, picture('a.png'));
  await failure(page, 'a.png').getByText('The storage refused this file').waitFor();
  await press(page, 'Try again: a.png');
  // The connection was lost three times, so this goes on by itself.
  await page.evaluate('waited');
  await waitForPixel(page, 'a.png');
  t.equal(requests('POST /api/uploads').length, 7);
  t.equal(requests('PUT files/bucket?upload=').length, 7);
});
