import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { act, cards, choose, fileLink, openDemo, openShared, signOut } from '../services/web/acts.ts';
import { comesTo, openPage, waitUntil } from '../services/web/browser.ts';
import { launchShell } from '../support/chromium.ts';
import { drawPng } from '../support/drawn-picture.ts';
import { axeViolations, resize, screenshotPath } from '../support/page-look.ts';
import { startTestStack } from '../support/test-stack.ts';
import { openProfile } from './support/teams.ts';

const DECODED = (count: number) =>
  `[...document.querySelectorAll('main img')].filter((img) => img.alt && img.naturalWidth > 0).length === ${count}`;
const DESKTOP = { width: 1280, height: 900 };
const LOOKS = [
  ['', 'light', DESKTOP],
  ['-phone-dark', 'dark', { width: 320, height: 640 }],
] as const;

/** Checks a state of the page: nothing sticks out, and axe finds no fault. Takes a picture of each look. */
async function look(t: Test, page: Page, name: string): Promise<void> {
  for (const [suffix, colorScheme, viewport] of LOOKS) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await resize(page, viewport);
    t.strictSame(await axeViolations(page), [], `axe: ${name}${suffix}`);
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    await comesTo(t, () => page.evaluate(overflow), 0, `${name}${suffix}: nothing sticks out sideways`);
    await page.screenshot({ path: screenshotPath(`${name}${suffix}`) });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await resize(page, DESKTOP);
}

t.test('the main states of the page, against the whole local stack', { timeout: 240_000 }, async (t) => {
  const stack = await startTestStack(t);
  const browser = await launchShell(t);
  const { page, complaints } = await openPage(browser, { viewport: DESKTOP });
  const press = (name: string, of = page) => of.getByRole('button', { name, exact: true }).click();

  await page.goto(stack.appOrigin);
  await openDemo(page);
  await look(t, page, 'demonstration');
  await page.keyboard.press('Escape');
  await look(t, page, 'signed-out');

  await openDemo(page);
  await press('Sign in as Alice');
  await page.getByText('Nothing here yet').waitFor();
  for (const [index, name] of ['hills.png', 'sunset.png', '写真.png'].entries()) {
    await choose(page, { name, mimeType: 'image/png', buffer: await drawPng(page, index * 90) });
  }
  const text = Buffer.from('a line of a long text\n'.repeat(50_000));
  await choose(page, { name: 'long.txt', mimeType: 'text/plain', buffer: text });
  await fileLink(page, 'long.txt').waitFor();
  await waitUntil(page, DECODED(3));
  await page.getByRole('checkbox', { name: 'Select hills.png' }).check();
  await look(t, page, 'gallery');
  await press('Clear');

  await fileLink(page, 'sunset.png').click();
  await waitUntil(page, `document.querySelector('dialog img[alt="sunset.png"]')?.naturalWidth > 0`);
  await look(t, page, 'lightbox');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await fileLink(page, 'long.txt').click();
  // The edge lets only the app's own page show a long text or a PDF in a frame.
  await page.frameLocator('dialog iframe').getByText('a line of a long text').waitFor();
  await page.goBack();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });

  await press('Share sunset.png');
  await press('Create link');
  const field = page.getByRole('textbox', { name: 'Link', exact: true });
  await field.waitFor();
  await page.getByText('Everybody with this link').waitFor();
  const guest = await openProfile(t, browser);
  await guest.page.goto(await field.inputValue());
  await guest.page.getByRole('heading', { name: 'sunset.png' }).waitFor();
  await waitUntil(guest.page, `document.querySelector('img[alt="sunset.png"]')?.naturalWidth > 1`);
  await look(t, guest.page, 'share-page');
  await look(t, page, 'share-link');
  await press('Done');
  await openShared(page);
  await press('Revoke the link to sunset.png');
  await page.getByText('opens nothing any more').waitFor();
  await look(t, page, 'shared');
  await guest.page.reload();
  await guest.page.getByRole('heading', { name: 'This link has ended' }).waitFor();
  t.strictSame(guest.complaints, []);
  await page.getByRole('link', { name: 'Files', exact: true }).click();

  await act(page, 'hills.png', 'Delete');
  await page.getByText('hills.png is in the trash.').waitFor();
  await comesTo(t, () => cards(page).count(), 3);

  await openDemo(page);
  await press('Try to break in');
  await page.getByText('9 of 9 attacks were refused').waitFor();
  await look(t, page, 'break-in');
  await press('Close', page);

  await openDemo(page);
  await press('Sign in as Bob');
  await page.getByText('Nothing here yet').waitFor();
  const ofFiles = (await page.context().cookies()).filter(({ name }) => name.startsWith('CloudFront-'));
  t.equal(new Set(ofFiles.map(({ path }) => path)).size, 1, 'no cookie of alice is left');

  await signOut(page);
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  t.strictSame(complaints, []);
});
