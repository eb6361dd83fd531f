import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { card, cards, choose, items, press } from './acts.ts';
import { comesTo, PIXEL, roundTrip, until, waitForPixel } from './browser.ts';
import { openPictures, openStandIn } from './open-page.ts';
import { ALICE, BOB } from './stand-in.ts';

const browser = await launchShell(t);

async function signIn(page: Page, origin: string) {
  await page.goto(`${origin}/auth/login`);
  await page.getByText(ALICE.name, { exact: true }).waitFor();
}

const picture = (name: string) => ({ name, mimeType: 'image/png', buffer: PIXEL });
const row = (page: Page, name: string) => items(page, 'Uploads').filter({ hasText: name });

t.test('a list that does not come can be asked for again', async (t) => {
  const { page, origins, state } = await openStandIn(t, browser);
  state.faults.set('GET /api/files', [[503, 'store_unavailable']]);
  await signIn(page, origins.app);
  await press(page, 'Try again');
  await page.getByText('Nothing here yet').waitFor();
  await page.getByRole('alert').waitFor({ state: 'hidden' });
  state.faults.set('GET /api/files', [[0, 'network']]);
  await page.reload();
  await page.getByRole('button', { name: 'Try again' }).waitFor();
  await page.evaluate(`dispatchEvent(new Event('online'))`);
  await page.getByText('Nothing here yet').waitFor();
});

t.test('pictures behind expired cookies appear after one renewal; what is gone says so', async (t) => {
  const { page, origins, state, store, requests } = await openStandIn(t, browser);
  for (const name of ['a.png', 'b.png', 'c.png', 'gone.png']) store(name, 'image/png', PIXEL);
  state.faults.set(`GET files/users/${ALICE.id}/gone.png`, Array(9).fill([404]));
  // The page must not ask for new cookies before they have their usual lifetime again. So another request signs in.
  state.cookieLifetimeMs = -1;
  await page.context().request.get(`${origins.app}/auth/login`, { maxRedirects: 0 });
  state.cookieLifetimeMs = 900_000;
  await page.goto(origins.app);
  for (const name of ['a.png', 'b.png', 'c.png']) await waitForPixel(page, name);
  await card(page, 'gone.png').getByText('Could not be loaded').waitFor();
  t.equal(requests('POST /auth/refresh').length, 1);
  t.match(requests('POST /auth/refresh')[0], { headers: { 'gateway-user': ALICE.id } });
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
  t.equal(await page.getByText('Nothing here yet').isVisible(), false);
});

t.test('what waits or failed is never sent as who signs in next, nor shown to them', async (t) => {
  const { page, origins, state, requests } = await openPictures(t, browser, []);
  let release = () => {};
  state.s3Gate = new Promise((resolve) => {
    release = resolve;
  });
  await choose(page, ...['1', '2', '3', '4'].map((name) => picture(`${name}.png`)));
  await row(page, '4.png').getByText('Waiting').waitFor();
  state.user = undefined;
  await page.evaluate(`dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })), undefined`);
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  state.next = BOB;
  const other = await page.context().newPage();
  await other.goto(`${origins.app}/auth/login`);
  await page.getByText(BOB.name, { exact: true }).waitFor();
  release();
  await comesTo(t, () => items(page, 'Uploads').count(), 0);
  await roundTrip(page);
  const asBob = requests('POST /api/uploads').filter(({ headers }) => headers['gateway-user'] === BOB.id);
  t.strictSame(
    asBob.map(({ body }) => body),
    [],
  );
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
