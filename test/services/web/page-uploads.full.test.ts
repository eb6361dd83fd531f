import { createHash } from 'node:crypto';
import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { cards, fileLink } from './acts.ts';
import { atLeast, comesTo, PIXEL, roundTrip, until, waitForPixel, waitUntil } from './browser.ts';
import { namesOf, openPictures } from './open-page.ts';

const browser = await launchShell(t);

const picture = (name: string) => ({ name, mimeType: 'image/png', buffer: PIXEL });
const failure = (page: Page, name: string) => page.locator('#failures li', { hasText: name });
const row = (page: Page, name: string) => page.locator(`#uploads li[data-name="${name}"]`);

t.test('by keyboard alone: choose a file, see it sent, see the picture', async (t) => {
  const { page, requests, complaints } = await openPictures(t, browser, []);
  for (const key of ['Enter', 'Space']) {
    await page.reload();
    await page.locator('#switch').waitFor();
    for (const id of ['skip', 'search', 'new']) {
      await page.keyboard.press('Tab');
      await comesTo(t, () => page.evaluate('document.activeElement.id'), id);
    }
    const outline = 'getComputedStyle(document.querySelector("#new")).outlineStyle';
    await comesTo(t, () => page.evaluate(outline), 'solid', 'the focus is seen');
    await page.keyboard.press(key);
    await comesTo(t, () => page.evaluate('document.activeElement.id'), 'choose-files');
    const chooser = page.waitForEvent('filechooser');
    await page.keyboard.press(key);
    await (await chooser).setFiles(picture(`${key}.png`));
    await waitForPixel(page, `${key}.png`);
    await page.getByText(`${key}.png is uploaded.`).waitFor();
  }
  await comesTo(t, () => namesOf(page), ['Space.png', 'Enter.png'], 'the newest first');
  const [asked] = requests('POST /api/uploads');
  const sha256 = createHash('sha256').update(PIXEL).digest('hex');
  const { changedAt, ...body } = Object(asked?.body);
  t.ok(Date.parse(changedAt) <= Date.now());
  t.strictSame(body, {
    name: 'Enter.png',
    size: PIXEL.length,
    type: 'image/png',
    sha256,
    replace: false,
  });
  t.strictSame(complaints, []);
});

t.test('three at once, each with its progress; the rest waits', async (t) => {
  const { page, state, requests } = await openPictures(t, browser, []);
  let release = () => {};
  state.s3Gate = new Promise((resolve) => {
    release = resolve;
  });
  const big = (name: string) => ({ name, mimeType: 'image/png', buffer: Buffer.alloc(300_000) });
  await page
    .getByLabel('Choose files', { exact: true })
    .setInputFiles(['1', '2', '3', '4'].map((name) => big(`${name}.png`)));
  await row(page, '4.png').getByText('Waiting').waitFor();
  await waitUntil(page, `document.querySelector('#uploads progress').value > 0.9`);
  await row(page, '1.png')
    .getByText(/Uploading 300 kB/)
    .waitFor();
  await until(() => requests('PUT files/bucket').length, 3);
  t.equal(requests('POST /api/uploads').length, 3);
  release();
  await fileLink(page, '4.png').waitFor();
  await waitUntil(page, `document.querySelectorAll('#uploads li').length === 0`);
});

t.test('an upload can be cancelled, while it waits and on its way', async (t) => {
  const { page, state, requests } = await openPictures(t, browser, []);
  let release = () => {};
  state.s3Gate = new Promise((resolve) => {
    release = resolve;
  });
  await page
    .getByLabel('Choose files', { exact: true })
    .setInputFiles(['1', '2', '3', '4'].map((name) => picture(`${name}.png`)));
  await row(page, '4.png').getByText('Waiting').waitFor();
  await page.getByRole('button', { name: 'Cancel the upload of 4.png' }).click();
  await page.getByRole('button', { name: 'Cancel the upload of 1.png' }).click();
  await page.getByText('The upload of 1.png was cancelled.').waitFor();
  release();
  await fileLink(page, '3.png').waitFor();
  await waitUntil(page, `document.querySelectorAll('#uploads li').length === 0`);
  await until(() => requests('POST /api/uploads').length, atLeast(3));
  await roundTrip(page);
  t.equal(requests('POST /api/uploads').length, 3, 'what waited is not even asked for');
  t.equal(await page.locator('#gallery [data-name="4.png"]').count(), 0);
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
    await page.getByLabel('Choose files', { exact: true }).setInputFiles(picture(`${code}.png`));
    const failed = failure(page, `${code}.png`);
    await failed.locator('.failed', { hasText: words }).waitFor();
    const tries = failed.getByRole('button', { name: 'Try again' });
    await comesTo(t, () => tries.count(), canRetry ? 1 : 0, code);
  }
  await page.getByRole('button', { name: 'Try again: rate_limited.png' }).click();
  await page.getByText('1 uploaded, 4 failed.').waitFor();
  await fileLink(page, 'rate_limited.png').waitFor();
  await failure(page, 'rate_limited.png').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Dismiss: invalid_name.png' }).click();
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
  await page.getByLabel('Choose files', { exact: true }).setInputFiles(picture('a.png'));
  await failure(page, 'a.png').getByText('The storage refused this file').waitFor();
  await page.getByRole('button', { name: 'Try again: a.png' }).click();
  // The connection was lost three times, so this goes on by itself.
  await page.evaluate('waited');
  await waitForPixel(page, 'a.png');
  t.equal(requests('POST /api/uploads').length, 7);
  t.equal(requests('PUT files/bucket?upload=').length, 7);
});

t.test(
  'a session that is gone ends in the signed-out view, with a word; the chosen files wait',
  async (t) => {
    const { page, state, store, requests } = await openPictures(t, browser, []);
    store('secret.png', 'image/png', PIXEL);
    await page.reload();
    await page.getByRole('button', { name: 'New', exact: true }).waitFor();
    await page.getByLabel('Choose files', { exact: true }).setInputFiles(picture('a.png'));
    await fileLink(page, 'secret.png').waitFor();
    // Its thumbnail has been sent too, so three of the others begin at once.
    await page.getByText('a.png is uploaded.').waitFor();
    state.user = undefined;
    await page
      .getByLabel('Choose files', { exact: true })
      .setInputFiles(['b.png', 'c.png', 'd.png', 'e.png', 'f.png'].map(picture));
    await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
    await page.locator('#notice').getByText('have been signed out').waitFor();
    await waitUntil(page, `document.querySelectorAll('#uploads li[data-state="waiting"]').length === 5`);
    await comesTo(t, () => cards(page).count(), 0, 'the files have left the page');
    await comesTo(
      t,
      () => page.getByRole('list', { name: 'Not uploaded', exact: true }).getByRole('listitem').count(),
      0,
    );
    await roundTrip(page);
    // A file is hashed first, so one answer may come before the next of the three requests.
    const asked = requests('POST /api/uploads').length;
    t.ok(asked >= 2 && asked <= 4, `what had to wait is not even asked for: ${asked}`);
  },
);
