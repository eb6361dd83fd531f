import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { card, cards, choose, fileLink, items, namesOf, signOut } from './acts.ts';
import { comesTo, PIXEL, WAV, waitForPixel } from './browser.ts';
import { openPictures, openStandIn } from './open-page.ts';
import { ALICE, BOB } from './stand-in.ts';

const browser = await launchShell(t);

async function signIn(page: Page, origin: string) {
  await page.goto(`${origin}/auth/login`);
  await page.getByText(ALICE.name, { exact: true }).waitFor();
}

t.test('signed out: one sentence, one link, and after it the name', async (t) => {
  const { page, origins, complaints } = await openStandIn(t, browser);
  await page.goto(origins.app);
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  t.equal(await page.getByRole('alert').isVisible(), false, 'localhost keeps Secure cookies in Chromium');
  t.equal(await page.evaluate('document.cookie'), '', 'the probe is gone');
  t.equal(await page.getByRole('button', { name: 'Sign out', exact: true }).isVisible(), false);
  t.equal(await page.getByRole('button', { name: 'New', exact: true }).isVisible(), false);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText(ALICE.name, { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor({ state: 'hidden' });
  await page.getByText('Nothing here yet').waitFor();
  t.strictSame(complaints, []);
});

t.test('shows pictures and badges, names as text only, folders as links', async (t) => {
  const { page, origins, store, complaints } = await openStandIn(t, browser);
  const hostile = '<img src=x onerror=alert(1)>.png';
  store('a.png', 'image/png', PIXEL);
  store(hostile, 'image/png', PIXEL, '2026-11-26T12:00:00.000Z');
  store('b/c d.png', 'image/png', PIXEL);
  store('beep.wav', 'audio/wav', WAV);
  store('broken.mp4', 'video/mp4', Buffer.of());
  store('page.html', 'text/html', Buffer.from('<p>'));
  store('paper.pdf', 'application/pdf', Buffer.from('%PDF'));
  await signIn(page, origins.app);
  await waitForPixel(page, 'a.png');
  t.equal(await cards(page).count(), 7);
  await page.getByText('1 folder, 6 files', { exact: true }).waitFor();
  t.strictSame((await namesOf(page)).slice(0, 2), ['b', hostile], 'folders first, then the newest file');
  await card(page, 'b/').getByText('1 file', { exact: true }).waitFor();
  t.match(await card(page, hostile).textContent(), new RegExp(`Nov 26(, 2026)? · ${PIXEL.length} B`));
  await card(page, 'broken.mp4').getByText('Could not be loaded').waitFor();
  await page.getByRole('link', { name: 'Folder b' }).click();
  const address = await fileLink(page, 'b/c d.png').getAttribute('href');
  t.match(address, `${origins.files}/users/${ALICE.id}/b/c%20d.png?v=`);
  t.strictSame(complaints, []);
});

t.test('a page that has signed out shows nothing of the user, where it stays or comes back', async (t) => {
  const { page, origins, state, store } = await openStandIn(t, browser);
  store('a.png', 'image/png', PIXEL);
  await signIn(page, origins.app);
  await waitForPixel(page, 'a.png');
  state.faults.set('POST /api/uploads', [[503, 'store_unavailable']]);
  await choose(page, { name: 'b.png', mimeType: 'image/png', buffer: PIXEL });
  await items(page, 'Not uploaded').waitFor();
  // A browser does not leave the page for this answer.
  await page.route('**/goodbye', (route) => route.fulfill({ status: 204 }));
  await signOut(page);
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  await comesTo(t, () => page.getByText('.png').count(), 0);
});

t.test('never acts as somebody else: another account reloads the page', async (t) => {
  const { page, origins, state, requests } = await openStandIn(t, browser);
  await signIn(page, origins.app);
  state.user = BOB;
  await choose(page, { name: 'a.png', mimeType: 'image/png', buffer: PIXEL });
  await page.getByText(BOB.name, { exact: true }).waitFor();
  t.equal(requests('POST /api/uploads').length, 1);
  t.equal(requests('PUT files/bucket').length, 0);
});

const picture = (name: string) => ({ name, mimeType: 'image/png', buffer: PIXEL });

t.test('a sign-out in another tab leaves nothing in this one, not even the names of uploads', async (t) => {
  const { page, origins, state } = await openPictures(t, browser, []);
  state.faults.set('POST /api/uploads', [[413, 'file_too_large']]);
  await choose(page, picture('secret.png'));
  await items(page, 'Not uploaded').getByText('too large').waitFor();
  const other = await page.context().newPage();
  await other.goto(origins.app);
  await signOut(other);
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  t.notMatch(await page.content(), 'secret.png');
});
