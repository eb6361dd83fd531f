import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { axeViolations, resize } from '../../support/page-look.ts';
import { account, cards, choose, fileLink, isFocused, items, press } from './acts.ts';
import { comesTo, PIXEL, roundTrip, waitForPixel } from './browser.ts';
import { openStandIn } from './open-page.ts';

const browser = await launchShell(t);
const TEAM = { id: 'h'.repeat(26), name: 'Holidays' };
const VIEW = { id: 'view', secret: 'secret-of-view', role: 'viewer', team: TEAM } as const;
const SEND = { id: 'send', secret: 'secret-of-send', role: 'uploader', team: TEAM } as const;
const OPEN = 'POST /auth/links/open';

/** A page without a session, of a stand-in with a team's files and two links to them. */
async function openGuest(t: Test, locale = 'en-US') {
  const opened = await openStandIn(t, browser, { locale });
  const { state, store, origins, page } = opened;
  state.links = [VIEW, SEND];
  for (const name of ['a.png', 'summer/b.png']) store(`teams/${TEAM.id}/${name}`, 'image/png', PIXEL);
  const follow = ({ secret }: { secret: string }) => page.goto(`${origins.app}/#link=${secret}`);
  return { ...opened, follow };
}

const title = (page: Page) => page.getByRole('heading', { level: 1 });
const sent = (page: Page) => items(page, 'What you have sent').allTextContents();

async function offersNothingToMembers(t: Test, page: Page): Promise<void> {
  for (const name of ['New', 'People', 'Folder links', 'Trash', 'Delete'])
    t.equal(await page.getByRole('button', { name, exact: true }).count(), 0, name);
  t.equal(await page.getByRole('navigation', { name: 'Places' }).count(), 0);
  t.equal(await account(page).count(), 0);
}

async function isFine(t: Test, page: Page): Promise<void> {
  t.strictSame(await axeViolations(page), []);
  await resize(page, { width: 320, height: 640 });
  const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
  await comesTo(t, () => page.evaluate(overflow), 0, 'nothing sticks out sideways');
}

t.test('a view link opens the gallery without a sign-in, also after a reload', async (t) => {
  const { page, follow, origins, state, complaints } = await openGuest(t);
  await follow(VIEW);
  await waitForPixel(page, 'a.png');
  t.equal(page.url(), `${origins.app}/#team/${TEAM.id}/`);
  await comesTo(t, () => page.title(), 'Holidays – Private files');
  await page.getByText(/You can look at these files until /).waitFor();
  await offersNothingToMembers(t, page);
  await page.getByRole('link', { name: 'Folder summer' }).click();
  await waitForPixel(page, 'summer/b.png');
  await fileLink(page, 'summer/b.png').click();
  const open = page.getByRole('dialog').getByRole('img', { name: 'b.png' });
  await open.waitFor();
  t.equal(await page.getByRole('button', { name: 'Share', exact: true }).isVisible(), false);
  await page.reload();
  await open.waitFor();
  await page.keyboard.press('Escape');
  await page.goBack();
  await page.getByRole('checkbox', { name: 'Select a.png' }).check();
  const saving = page.waitForEvent('download');
  await press(page, 'Download');
  t.equal((await saving).suggestedFilename(), 'a.png');
  t.notOk(state.log.some(({ line }) => line.includes(VIEW.secret)));
  t.strictSame(complaints, []);
  await isFine(t, page);
});

t.test('a password is asked for, and a wrong one is told', async (t) => {
  const { page, follow, state, requests, complaints } = await openGuest(t);
  state.links = [{ ...VIEW, password: 'geheim' }];
  await follow(VIEW);
  await title(page).getByText('This link has a password').waitFor();
  const trouble = page.getByText('This password is wrong.');
  t.equal(await trouble.count(), 0, 'nothing is wrong yet');
  await isFine(t, page);
  t.strictSame(requests('GET /api'), []);
  await page.keyboard.type('falsch');
  await page.keyboard.press('Enter');
  await trouble.waitFor();
  const field = page.getByLabel('Password', { exact: true });
  t.equal(await isFocused(field), true);
  await page.keyboard.type('geheim');
  const isPressedTwice = Promise.withResolvers<undefined>();
  state.answers.set(OPEN, () => isPressedTwice.promise);
  for (let press = 0; press < 2; press++) await page.keyboard.press('Enter');
  await roundTrip(page);
  isPressedTwice.resolve(undefined);
  await waitForPixel(page, 'a.png');
  t.equal(await page.getByRole('button', { name: 'Open', exact: true }).isVisible(), false);
  t.equal(await field.count(), 0);
  t.strictSame(
    requests(OPEN).map(({ body }) => body),
    [
      { secret: VIEW.secret },
      { secret: VIEW.secret, password: 'falsch' },
      { secret: VIEW.secret, password: 'geheim' },
    ],
  );
  t.strictSame(complaints, []);
});

t.test('a link that is over says so, and the way to the sign-in is there', async (t) => {
  const { page, follow, state, complaints } = await openGuest(t);
  state.links = [];
  await follow(VIEW);
  await title(page).getByText('This link has ended').waitFor();
  t.equal(await page.getByRole('button', { name: /Open|Try again|Sign in/ }).isVisible(), false);
  await isFine(t, page);
  await page.getByRole('link', { name: 'My own files' }).click();
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  t.strictSame(complaints, []);
});

t.test('a link that ends while it is looked at: nothing of it stays on the page', async (t) => {
  const { page, follow, state } = await openGuest(t);
  await follow(VIEW);
  await waitForPixel(page, 'a.png');
  await fileLink(page, 'a.png').click();
  await page.getByRole('dialog').getByRole('img', { name: 'a.png' }).waitFor();
  state.links = [];
  await page.context().clearCookies({ name: /^CloudFront-/ });
  await page.evaluate(`document.querySelector('dialog img[alt="a.png"]').src += '&again'`);
  await title(page).getByText('This link has ended').waitFor();
  t.equal(await cards(page).count(), 0);
  t.equal(await page.getByRole('region', { name: 'Files' }).isVisible(), false);
  t.equal(await page.getByRole('dialog').isVisible(), false);
  t.equal(await page.getByAltText('a.png').count(), 0);
});

const add = (page: Page, name: string, content = name) =>
  choose(page, { name, mimeType: 'text/plain', buffer: Buffer.from(content) });

t.test('an upload link: files go, each with its name, and nothing is read', async (t) => {
  const { page, follow, stored, requests, complaints } = await openGuest(t);
  await follow(SEND);
  await page.getByRole('heading', { name: 'Send files to Holidays' }).waitFor();
  await offersNothingToMembers(t, page);
  t.equal(await page.getByRole('region', { name: 'Files' }).isVisible(), false);
  await add(page, 'letter.txt');
  await page.getByText('letter.txt is uploaded.').waitFor();
  await add(page, 'letter.txt', 'another');
  await page.getByText('letter (2).txt is uploaded.').waitFor();
  const both = ['letter.txt7 B · stored as letter (2).txt', 'letter.txt10 B'];
  t.strictSame(await sent(page), both);
  t.ok(stored.has(`teams/${TEAM.id}/received-1/letter (2).txt`));
  await page.reload();
  await comesTo(t, () => sent(page), both, 'a reload keeps the list');
  t.strictSame(requests('GET /api'), []);
  t.strictSame(requests('GET files'), []);
  await isFine(t, page);
  t.strictSame(complaints, []);
});

t.test('a signed-in person keeps the session, and finds the way back', async (t) => {
  const { page, follow, origins, store, requests, complaints } = await openGuest(t);
  store('mine.png', 'image/png', PIXEL);
  await page.goto(`${origins.app}/auth/login`);
  await waitForPixel(page, 'mine.png');
  t.equal(await page.getByRole('link', { name: 'My own files' }).isVisible(), false);
  const isAnew = page.waitForEvent('load');
  await follow(VIEW);
  await isAnew;
  await waitForPixel(page, 'a.png');
  await comesTo(t, () => page.getByRole('img', { name: 'mine.png' }).count(), 0);
  const cookies = await page.context().cookies();
  t.strictSame(
    cookies
      .filter(({ name }) => name === 'CloudFront-Policy')
      .map(({ path }) => path.split('/')[1])
      .toSorted(),
    ['teams', 'users'],
  );
  await page.getByRole('link', { name: 'My own files' }).click();
  await waitForPixel(page, 'mine.png');
  t.equal(page.url(), `${origins.app}/`);
  await page.reload();
  await waitForPixel(page, 'mine.png');
  t.strictSame(requests(OPEN).length, 1);
  t.strictSame(complaints, []);
});
