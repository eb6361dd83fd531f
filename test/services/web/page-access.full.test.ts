import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { axeViolations } from '../../support/page-look.ts';
import { fileLink, items, openShared, press } from './acts.ts';
import { comesTo, openPage, PIXEL, until, waitForPixel } from './browser.ts';
import { openFiles, openStandIn } from './open-page.ts';
import { ALICE, BOB } from './stand-in.ts';

const browser = await launchShell(t);
const TEAM = 'teamaaaaaaaaaaaaaaaaaaaaaa';
const END = '2026-12-06T12:00:00.000Z';
const rows = (page: Page) => items(page, 'Who can open this?');

async function openMenu(page: Page, name: string): Promise<void> {
  await fileLink(page, name).focus();
  await page.keyboard.press('Shift+F10');
}

async function ask(page: Page, name: string): Promise<void> {
  await openMenu(page, name);
  await page.getByRole('menuitem', { name: 'Who can open this?' }).click();
  await items(page, 'Who can open this?').first().waitFor();
}

t.test('who can open a file: only its owner, then everybody with a link, until that ends', async (t) => {
  const { page, share, requests } = await openFiles(t, browser, ['a.png', 'b.png']);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  share('b.png', 600);
  await ask(page, 'a.png');
  const only = ['Only you'];
  await comesTo(t, () => rows(page).allTextContents(), only);
  t.strictSame(await axeViolations(page), []);
  await press(page, 'Create link');
  await rows(page).nth(1).waitFor();
  t.match(await rows(page).nth(1).textContent(), /^Everybody with this link7 days left/);
  t.match(await rows(page).first().textContent(), /^You(?!r)/, 'not only the owner any more');
  t.strictSame(await axeViolations(page), []);
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^(Done|Cancel)$/ })
    .click();

  await ask(page, 'a.png');
  await press(page, 'Copy the link to a.png');
  await page.getByRole('button', { name: 'Copy the link to a.png' }).getByText('Copied').waitFor();
  t.match(
    await page.evaluate('navigator.clipboard.readText()'),
    /#share=secret-2$/,
    'the same address again',
  );
  await press(page, 'Revoke the link to a.png');
  await comesTo(t, () => rows(page).allTextContents(), only);
  await until(() => requests('DELETE /api/shares/2').length, 1);
});

/** A page of a member of a team with two pictures, one of them in a folder. */
async function openTeam(t: Test, role: 'viewer' | 'editor') {
  const opened = await openStandIn(t, browser);
  const { page, state, origins, store } = opened;
  state.teams = [TEAM];
  state.team.role = role;
  const members = [ALICE, BOB].map(({ id, name }) => ({ userId: id, name, role: 'editor', joinedAt: END }));
  state.answers.set(`GET /api/teams/${TEAM}`, () => [200, { id: TEAM, prefix: '', ...state.team, members }]);
  const link = { id: 'view', role: 'viewer', name: 'For all', maker: ALICE.id, hasPassword: false };
  const links = [{ ...link, createdAt: END, expiresAt: END }];
  state.answers.set(`GET /api/teams/${TEAM}/links`, () => [200, { links }]);
  state.answers.set(`GET /api/teams/${TEAM}/shares`, () => [200, { shares: [] }]);
  for (const name of ['a.png', 'trip/b.png']) store(`teams/${TEAM}/${name}`, 'image/png', PIXEL);
  store(`teams/${TEAM}/c.txt`, 'text/plain', PIXEL);
  await page.context().request.get(`${origins.app}/auth/login`, { maxRedirects: 0 });
  await page.goto(`${origins.app}/#team/${TEAM}/`);
  await waitForPixel(page, 'a.png');
  return opened;
}

t.test('a viewer of a team sees who can open a file, and makes no link', async (t) => {
  const { page, requests } = await openTeam(t, 'viewer');
  await ask(page, 'a.png');
  await comesTo(t, () => rows(page).allTextContents(), ['PhysicsAlice Liddell, Bob']);
  t.equal(await page.getByRole('button', { name: 'Create link', exact: true }).isVisible(), false);
  t.equal(await page.getByRole('combobox', { name: 'The link ends after', exact: true }).isVisible(), false);
  t.strictSame(await axeViolations(page), []);
  t.strictSame(requests(`GET /api/teams/${TEAM}/shares`), [], 'what only editors may read is not asked for');
});

t.test('links to the folder are named at a file, and offer a new one in the list of all links', async (t) => {
  const { page, complaints } = await openTeam(t, 'editor');
  await ask(page, 'a.png');
  t.match(
    await rows(page).nth(1).textContent(),
    /^Everybody with the folder link “For all”until Dec 6, 2026/,
  );
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^(Done|Cancel)$/ })
    .click();
  await openShared(page);
  await page.getByText('was shown once, and nobody can show it again').waitFor();
  t.match(
    await items(page, 'Folder links').textContent(),
    /^For all Physicssee all files · until Dec 6, 2026/,
  );
  t.strictSame(await axeViolations(page), []);
  await press(page, 'New link to the folder of Physics');
  await page.getByRole('dialog').waitFor();
  t.strictSame(complaints, []);
});

/** A file that somebody has shared, and the page of its link in a browser where nobody is signed in. */
async function openShare(
  t: Parameters<typeof openStandIn>[0],
  file: { name: string; type: string; bytes: Buffer; seconds?: number },
  options: Parameters<typeof openStandIn>[2] = {},
) {
  const opened = await openStandIn(t, browser, options);
  const { name, type, bytes, seconds = 1_800 } = file;
  opened.store(name, type, bytes);
  const { id, page: address } = opened.share(name, seconds);
  await opened.page.goto(address);
  return { ...opened, id, address };
}

t.test('the page of a link shows its file, how long it is open, and saves it', async (t) => {
  const { page, origins, complaints } = await openShare(t, {
    name: 'a.png',
    type: 'image/png',
    bytes: PIXEL,
  });
  await page.getByRole('heading', { name: 'a.png' }).waitFor();
  await waitForPixel(page, 'a.png');
  await page.getByText(/^(30:00|29:\d\d) left$/).waitFor();
  await page.getByText(`${PIXEL.length} B`, { exact: true }).waitFor();
  const download = page.getByRole('link', { name: 'Download' });
  t.equal(await download.getAttribute('href'), `${origins.files}/shared/a.png?download`);
  t.equal(await page.title(), 'a.png – Private files');
  t.strictSame(await axeViolations(page), []);
  await page.reload();
  await page.getByRole('heading', { name: 'a.png' }).waitFor();
  t.strictSame(complaints, []);
});

for (const [name, type, content, shown] of [
  ['notes.txt', 'text/plain', 'Two eggs', 'Two eggs'],
  ['list.csv', 'text/csv', 'a,b\n1,2', '2'],
  [
    'photos.zip',
    'application/zip',
    'PK',
    'There is no preview of this kind of file. Download it to open it.',
  ],
] as const) {
  t.test(`the page of a link to ${name}`, async (t) => {
    const { page } = await openShare(t, { name, type, bytes: Buffer.from(content) });
    await page.getByRole('main').getByText(shown, { exact: true }).waitFor();
    t.strictSame(await axeViolations(page), []);
  });
}

t.test('a link that has ended says so in plain words, in both languages', async (t) => {
  const file = { name: 'a.png', type: 'image/png', bytes: PIXEL };
  const { page, shares, id, address } = await openShare(t, file);
  await page.getByRole('heading', { name: 'a.png' }).waitFor();
  shares.delete(id);
  await page.reload();
  const heading = page.getByRole('heading', { name: 'This link has ended' });
  await heading.waitFor();
  await page.getByText('Ask whoever sent it for a new link.').waitFor();
  t.equal(await page.getByRole('link', { name: 'Download' }).isVisible(), false);
  t.strictSame(await axeViolations(page), []);
  await page.goto(`${new URL(address).origin}/#share=x`);
  await heading.waitFor();
  const japanese = await openPage(browser, { locale: 'ja-JP' });
  t.teardown(() => japanese.page.context().close());
  await japanese.page.goto(address);
  await japanese.page.getByRole('heading', { name: 'このリンクは終了しました' }).waitFor();
});

t.test('when its time is up, the file goes from the page', async (t) => {
  const { page } = await openShare(t, { name: 'a.png', type: 'image/png', bytes: PIXEL, seconds: 2 });
  await page.getByRole('heading', { name: 'This link has ended' }).waitFor();
  t.equal(await page.getByRole('img', { name: 'a.png' }).count(), 0);
});
