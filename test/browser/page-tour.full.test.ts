import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { act, openDemo, openShared, signOut } from '../services/web/acts.ts';
import { comesTo, openPage, waitUntil } from '../services/web/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { drawPng } from '../support/drawn-picture.ts';
import { axeViolations, resize, screenshotPath } from '../support/page-look.ts';
import { startTestStack } from '../support/test-stack.ts';
import { openProfile } from './support/teams.ts';

const DECODED = (count: number) =>
  `[...document.querySelectorAll('#gallery img')].filter((img) => img.complete && img.naturalWidth > 0).length === ${count}`;
const DESKTOP = { width: 1280, height: 900 };
const TABLET = { width: 768, height: 1_000 };
const PHONE = { width: 320, height: 640 };

const LOOKS: [suffix: string, colorScheme: 'light' | 'dark', viewport: typeof DESKTOP][] = [
  ['', 'light', DESKTOP],
  ['-dark', 'dark', DESKTOP],
  ['-tablet-dark', 'dark', TABLET],
  ['-phone', 'light', PHONE],
];

/**
 * Checks a state of the page: in light and dark, at three widths, without a complaint of axe. Takes a picture of each.
 */
async function look(
  t: Test,
  page: Page,
  name: string,
  { fullPage = false, looks = LOOKS } = {},
): Promise<void> {
  for (const [suffix, colorScheme, viewport] of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await resize(page, viewport);
    t.strictSame(await axeViolations(page), [], `axe: ${name}${suffix}`);
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    await comesTo(t, () => page.evaluate(overflow), 0, `${name}${suffix}: nothing sticks out sideways`);
    await page.screenshot({ path: screenshotPath(`${name}${suffix}`), fullPage });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await resize(page, DESKTOP);
}

t.test('the main states of the page, against the whole local stack', async (t) => {
  const stack = await startTestStack(t);
  const browser = await launchChromium();
  t.teardown(() => browser.close());
  const { page, complaints } = await openPage(browser, { viewport: DESKTOP });
  const choose = (...files: { name: string; mimeType: string; buffer: Buffer }[]) =>
    page.setInputFiles('#file-input', files);

  await page.goto(stack.appOrigin);
  await openDemo(page);
  await page.getByText('Image bytes through the service: 0 B').waitFor();
  await look(t, page, 'demonstration');
  await page.keyboard.press('Escape');
  await look(t, page, 'signed-out');

  await openDemo(page);
  await page.getByRole('button', { name: 'Be Alice' }).click();
  await page.getByText('alice', { exact: true }).waitFor();
  await page.locator('#empty').waitFor();
  await look(t, page, 'empty');

  const names = ['hills.png', 'lake.png', 'moor.png', 'north.png', 'sunset.png', '写真.png'];
  const hues = [130, 180, 60, 260, 20, 205];
  for (const [index, name] of names.entries()) {
    await choose({ name, mimeType: 'image/png', buffer: await drawPng(page, hues[index] ?? 0) });
  }
  await choose({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('notes') });
  await choose({ name: '請求書.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') });
  await page.locator('#gallery [data-name="請求書.pdf"] .badge').waitFor();
  await waitUntil(page, DECODED(6));
  await openDemo(page);
  await page.getByText(/Images from the edge: 6. Image bytes through the service: 0 B/).waitFor();
  await page.keyboard.press('Escape');
  await look(t, page, 'gallery');

  // A name with right-to-left text hides its ending.
  const unusable = 'a\u202egnp.exe';
  await choose({ name: unusable, mimeType: 'application/x-msdownload', buffer: Buffer.from('MZ') });
  await page.getByText('This name cannot be used').first().waitFor();
  await look(t, page, 'error');
  await page.getByRole('button', { name: `Dismiss: ${unusable}` }).click();

  await page.getByRole('checkbox', { name: 'Select lake.png' }).check();
  await page.getByRole('checkbox', { name: 'Select sunset.png' }).click({ modifiers: ['Shift'] });
  await look(t, page, 'selection');
  await page.getByRole('button', { name: 'Clear' }).click();

  await page.locator('#gallery [data-name="sunset.png"] .name').click();
  await waitUntil(page, `document.querySelector('#lightbox img:not(.early)')?.naturalWidth > 0`);
  await comesTo(t, () => page.evaluate('location.href'), `${stack.appOrigin}/#/sunset.png`);
  await look(t, page, 'lightbox');
  await page.keyboard.press('Escape');
  await page.locator('#lightbox').waitFor({ state: 'hidden' });
  const long = Buffer.from('a line of a long text\n'.repeat(50_000));
  await choose({ name: 'long.txt', mimeType: 'text/plain', buffer: long });
  await page.locator('#gallery [data-name="long.txt"] .name').click();
  // The edge lets only the app's own page show a long text or a PDF in a frame.
  await page.frameLocator('#lightbox iframe').getByText('a line of a long text').waitFor();
  await page.goBack();
  await page.locator('#lightbox').waitFor({ state: 'hidden' });

  await page.getByRole('button', { name: 'Share sunset.png' }).click();
  await page.locator('#share[open]').waitFor();
  await look(t, page, 'share');
  await page.getByRole('button', { name: 'Create link' }).click();
  await page.locator('#share-url').waitFor();
  t.match(await page.textContent('#share-countdown'), /^(30:00|29:\d\d) left$/);
  const url = await page.inputValue('#share-url');
  const guest = await openProfile(t, browser);
  await guest.page.goto(url);
  await guest.page.getByRole('heading', { name: 'sunset.png' }).waitFor();
  await waitUntil(guest.page, `document.querySelector('#shared-stage img')?.naturalWidth > 1`);
  await look(t, guest.page, 'share-page');
  await look(t, page, 'share-link');
  await page.getByRole('button', { name: 'Done' }).click();
  await openShared(page);
  await page.locator('#shares li').waitFor();
  await look(t, page, 'shared', { fullPage: true });
  await page.getByRole('button', { name: 'Revoke the link to sunset.png' }).click();
  await page.getByText('opens nothing any more').waitFor();
  await guest.page.reload();
  await guest.page.getByRole('heading', { name: 'This link has ended' }).waitFor();
  await look(t, guest.page, 'share-ended');
  t.strictSame(guest.complaints, []);
  await comesTo(t, () => page.locator('#shares li').count(), 0);
  await page.locator('#to-files').click();

  await act(page, 'moor.png', 'Delete');
  await page.getByText('moor.png is in the trash.').waitFor();
  await look(t, page, 'delete');
  await waitUntil(page, DECODED(5));

  await openDemo(page);
  await page.getByRole('button', { name: 'Try to break in' }).click();
  await page.getByText('29 of 29 attacks refused').waitFor();
  await look(t, page, 'break-in');
  await page.getByRole('button', { name: 'Close' }).click();

  await openDemo(page);
  await page.getByRole('button', { name: 'Be Bob' }).click();
  await page.getByText('bob', { exact: true }).waitFor();
  await page.locator('#empty').waitFor();
  const ofFiles = (await page.context().cookies()).filter(({ name }) => name.startsWith('CloudFront-'));
  t.equal(new Set(ofFiles.map(({ path }) => path)).size, 1, 'no cookie of alice is left');

  await signOut(page);
  await page.locator('#sign-in').waitFor();
  await openDemo(page);
  await page.getByText(/refused a copy of its cookies after \d+ ms \(revoked\)/).waitFor();
  await look(t, page, 'after-sign-out');
  t.strictSame(complaints, []);
});
