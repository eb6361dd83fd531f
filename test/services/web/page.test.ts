import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { cards, signOut } from './acts.ts';
import { atLeast, comesTo, PIXEL, roundTrip, until, WAV, waitForPixel, waitUntil } from './browser.ts';
import { openPictures, openStandIn } from './open-page.ts';
import { ALICE, BOB } from './stand-in.ts';

const browser = await launchShell(t);

async function signIn(page: Page, origin: string) {
  await page.goto(`${origin}/auth/login`);
  await page.locator('#user-name').waitFor();
}

t.test('signed out: one sentence, one link, and after it the name', async (t) => {
  const { page, origins, complaints } = await openStandIn(t, browser);
  await page.goto(origins.app);
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  t.equal(await page.locator('#notice').isVisible(), false, 'localhost keeps Secure cookies in Chromium');
  t.equal(await page.evaluate('document.cookie'), '', 'the probe is gone');
  t.equal(await page.getByRole('button', { name: 'Sign out', exact: true }).isVisible(), false);
  t.equal(await page.getByRole('button', { name: 'New', exact: true }).isVisible(), false);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('#user-name').waitFor();
  await comesTo(t, () => page.locator('#user-name').textContent(), ALICE.name);
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor({ state: 'hidden' });
  await page.locator('#empty').waitFor();
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
  t.equal(await page.textContent('#count'), '1 folder, 6 files');
  const first = cards(page).first().locator('.name, .in-line');
  t.strictSame(await first.allTextContents(), ['b', '1 file'], 'folders first');
  const newest = page.locator('#gallery .file').first();
  t.equal(await newest.getAttribute('data-name'), hostile);
  t.equal(await newest.locator('a').textContent(), hostile);
  t.equal(await newest.locator('a').getAttribute('title'), hostile);
  t.match(await newest.textContent(), new RegExp(`Nov 26(, 2026)? · ${PIXEL.length} B`));
  await page.locator('[data-name="broken.mp4"]').getByText('Could not be loaded').waitFor();
  t.equal(await page.locator('[data-name="page.html"] a').getAttribute('download'), '');
  t.equal(await page.locator('[data-name="paper.pdf"] a').getAttribute('download'), null);
  await page.getByRole('link', { name: 'Folder b' }).click();
  const link = page.locator('[data-name="b/c d.png"] a');
  t.equal(await link.textContent(), 'c d.png');
  t.match(await link.getAttribute('href'), `${origins.files}/users/${ALICE.id}/b/c%20d.png?v=`);
  t.equal(await link.getAttribute('rel'), 'noopener');
  t.equal(await page.locator('main svg:not([aria-hidden=true])').count(), 0, 'icons are not read out');
  t.strictSame(complaints, []);
});

t.test('a list that does not come can be asked for again', async (t) => {
  const { page, origins, state } = await openStandIn(t, browser);
  state.faults.set('GET /api/files', [[503, 'store_unavailable']]);
  await signIn(page, origins.app);
  await page.locator('#trouble button').click();
  await page.locator('#empty').waitFor();
  await page.locator('#trouble').waitFor({ state: 'hidden' });
  state.faults.set('GET /api/files', [[0, 'network']]);
  await page.reload();
  await page.getByRole('button', { name: 'Try again' }).waitFor();
  await page.evaluate(`dispatchEvent(new Event('online'))`);
  await page.locator('#empty').waitFor();
});

t.test('pictures behind expired cookies appear after one renewal; what is gone says so', async (t) => {
  const { page, origins, state, store, requests } = await openStandIn(t, browser);
  for (const name of ['a.png', 'b.png', 'c.png', 'gone.png']) store(name, 'image/png', PIXEL);
  const gone = `GET files/users/${ALICE.id}/gone.png`;
  state.faults.set(gone, [[404], [404]]);
  // The page must not ask for new cookies before they have their usual lifetime again. So another request signs in.
  state.cookieLifetimeMs = -1;
  await page.context().request.get(`${origins.app}/auth/login`, { maxRedirects: 0 });
  state.cookieLifetimeMs = 900_000;
  await page.goto(origins.app);
  for (const name of ['a.png', 'b.png', 'c.png']) await waitForPixel(page, name);
  await until(() => requests(gone).length, 2);
  await roundTrip(page);
  await page.locator('[data-name="gone.png"]').getByText('Could not be loaded').waitFor();
  // An image has its pixels before its event arrives.
  await comesTo(t, () => page.locator('#gallery .broken').count(), 1);
  t.equal(requests('POST /auth/refresh').length, 1);
  t.match(requests('POST /auth/refresh')[0], {
    body: { background: true },
    headers: { 'gateway-user': ALICE.id },
  });
  t.equal(requests(gone).length, 2, 'one retry');
});

t.test('a server that fails is said, and no sign-out', async (t) => {
  const { page, origins, state } = await openStandIn(t, browser);
  // The page asks again two seconds later. The answer waits until the test has read the notice.
  const isRead = Promise.withResolvers<undefined>();
  state.faults.set('GET /auth/session', [[503, 'store_unavailable']]);
  state.answers.set('GET /auth/session', () => isRead.promise);
  await page.goto(`${origins.app}/auth/login`);
  await page.locator('#notice').getByText('does not answer').waitFor();
  t.equal(await page.getByRole('link', { name: 'Sign in', exact: true }).isVisible(), false);
  isRead.resolve(undefined);
  await page.locator('#user-name').waitFor();
  await page.locator('#notice').waitFor({ state: 'hidden' });
});

t.test(
  'signs out: empties the cache of the files host, then leaves by the address it is given',
  async (t) => {
    const { page, origins, state, requests } = await openStandIn(t, browser);
    await signIn(page, origins.app);
    const clear = `GET files/users/${ALICE.id}/?clear`;
    // The time when the page first sees her.
    await until(() => requests(clear).length, atLeast(1));
    state.faults.set('POST /auth/logout', [[503, 'store_unavailable']]);
    await signOut(page);
    await page.getByText('Signing out did not work').waitFor();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.waitForURL(`${origins.app}/goodbye`);
    const [logout] = requests('POST /auth/logout');
    t.match(logout?.headers, {
      'gateway-user': ALICE.id,
      origin: origins.app,
      accept: 'application/json',
    });
    const lines = state.log.map(({ line }) => line).filter((line) => /clear|logout/.test(line));
    t.strictSame(lines.slice(-4), [clear, 'POST /auth/logout', clear, 'POST /auth/logout']);
  },
);

t.test('a page that has signed out shows nothing of the user, where it stays or comes back', async (t) => {
  const { page, origins, state, store } = await openStandIn(t, browser);
  store('a.png', 'image/png', PIXEL);
  await signIn(page, origins.app);
  await waitForPixel(page, 'a.png');
  state.faults.set('POST /api/uploads', [[503, 'store_unavailable']]);
  await page
    .getByLabel('Choose files', { exact: true })
    .setInputFiles({ name: 'b.png', mimeType: 'image/png', buffer: PIXEL });
  await page.locator('#failures [data-state="failed"]').waitFor();
  // A browser does not leave the page for this answer.
  await page.route('**/goodbye', (route) => route.fulfill({ status: 204 }));
  await signOut(page);
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  await waitUntil(page, `document.querySelectorAll('#gallery li, #uploads li, #failures li').length === 0`);
});

t.test('a page out of the back/forward cache asks who is signed in', async (t) => {
  const { page, origins, state, store } = await openStandIn(t, browser);
  store('a.png', 'image/png', PIXEL);
  await signIn(page, origins.app);
  await waitForPixel(page, 'a.png');
  state.user = undefined;
  const comeBack = `dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })), undefined`;
  await page.evaluate(comeBack);
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  await comesTo(t, () => cards(page).count(), 0);
  // She has signed in again in another tab.
  state.user = ALICE;
  await page.evaluate(comeBack);
  await waitForPixel(page, 'a.png');
  t.equal(await page.getByRole('link', { name: 'Sign in', exact: true }).isVisible(), false);
});

t.test('a list that arrives after the sign-out shows nothing', async (t) => {
  const { page, origins, state, store, requests } = await openStandIn(t, browser);
  store('a.png', 'image/png', PIXEL);
  const held = Promise.withResolvers<void>();
  const given: Promise<void>[] = [];
  await page.route(/\/api\/files/, async (route) => {
    const response = await route.fetch();
    await held.promise;
    given.push(route.fulfill({ response }));
  });
  await signIn(page, origins.app);
  await until(() => requests('GET /api/files').length, 1);
  state.user = undefined;
  await page.evaluate(`dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })), undefined`);
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  held.resolve();
  await until(() => given.length, 1);
  await Promise.all(given);
  await roundTrip(page);
  t.equal(await cards(page).count(), 0);
  t.equal(await page.locator('#empty').isVisible(), false);
});

t.test('never acts as somebody else: another account reloads the page', async (t) => {
  const { page, origins, state, requests } = await openStandIn(t, browser);
  await signIn(page, origins.app);
  state.user = BOB;
  await page
    .getByLabel('Choose files', { exact: true })
    .setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: PIXEL });
  await page.getByText(BOB.name, { exact: true }).waitFor();
  t.equal(requests('POST /api/uploads').length, 1);
  t.equal(requests('PUT files/bucket').length, 0);
});

const picture = (name: string) => ({ name, mimeType: 'image/png', buffer: PIXEL });
const row = (page: Page, name: string) => page.locator(`#uploads li[data-name="${name}"]`);

t.test('what waits or failed is never sent as who signs in next, nor shown to them', async (t) => {
  const { page, origins, state, requests } = await openPictures(t, browser, []);
  let release = () => {};
  state.s3Gate = new Promise((resolve) => {
    release = resolve;
  });
  await page
    .getByLabel('Choose files', { exact: true })
    .setInputFiles(['1', '2', '3', '4'].map((name) => picture(`${name}.png`)));
  await row(page, '4.png').getByText('Waiting').waitFor();
  state.user = undefined;
  await page.evaluate(`dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })), undefined`);
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  state.next = BOB;
  const other = await page.context().newPage();
  await other.goto(`${origins.app}/auth/login`);
  await page.getByText(BOB.name, { exact: true }).waitFor();
  release();
  await waitUntil(page, `document.querySelectorAll('#uploads li').length === 0`);
  await roundTrip(page);
  const asBob = requests('POST /api/uploads').filter(({ headers }) => headers['gateway-user'] === BOB.id);
  t.strictSame(
    asBob.map(({ body }) => body),
    [],
  );
});

t.test('a sign-out in another tab leaves nothing in this one, not even the names of uploads', async (t) => {
  const { page, origins, state } = await openPictures(t, browser, []);
  state.faults.set('POST /api/uploads', [[413, 'file_too_large']]);
  await page.getByLabel('Choose files', { exact: true }).setInputFiles(picture('secret.png'));
  await page
    .getByRole('list', { name: 'Not uploaded', exact: true })
    .getByRole('listitem')
    .getByText('too large')
    .waitFor();
  const other = await page.context().newPage();
  await other.goto(origins.app);
  await signOut(other);
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  t.notMatch(await page.content(), 'secret.png');
});
