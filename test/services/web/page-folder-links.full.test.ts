import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { axeViolations } from '../../support/page-look.ts';
import { items, press } from './acts.ts';
import { comesTo, PIXEL, roundTrip, until, waitForPixel } from './browser.ts';
import { openStandIn } from './open-page.ts';
import { ALICE, BOB } from './stand-in.ts';

const browser = await launchShell(t);
const TEAM = 'teamaaaaaaaaaaaaaaaaaaaaaa';
const LINKS = `/api/teams/${TEAM}/links`;
const END = '2026-12-06T12:00:00.000Z';
const VIEW = {
  id: 'view',
  role: 'viewer',
  maker: ALICE.id,
  hasPassword: false,
  createdAt: END,
  expiresAt: END,
};
const UPLOAD = {
  ...{ ...VIEW, id: 'upload', role: 'uploader', name: 'Papers', maker: BOB.id, hasPassword: true },
  ...{ maxFiles: 1_000, maxBytes: 5_000_000, files: 3, bytes: 1_200 },
};

/** A page of an editor of a team with two links, whose dialog of links is open. */
async function openLinks(t: Test, team: object = {}) {
  const opened = await openStandIn(t, browser);
  const { page, state, origins, store, requests } = opened;
  state.teams = [TEAM];
  Object.assign(state.team, team);
  const links: object[] = [VIEW, UPLOAD];
  const details = { id: TEAM, prefix: '', ...state.team };
  const members = [ALICE, BOB].map(({ id, name }) => ({ userId: id, name, role: 'editor', joinedAt: END }));
  state.answers.set(`GET ${LINKS}`, () => [200, { links }]);
  state.answers.set(`GET /api/teams/${TEAM}`, () => [
    200,
    { ...details, ...(state.team.kind === 'made' && { members }) },
  ]);
  state.answers.set(`POST ${LINKS}`, () => [
    201,
    { id: 'new', url: `${origins.app}/#link=x.y`, expiresAt: END },
  ]);
  store(`teams/${TEAM}/a.png`, 'image/png', PIXEL);
  await page.context().request.get(`${origins.app}/auth/login`, { maxRedirects: 0 });
  await page.goto(`${origins.app}/#team/${TEAM}/`);
  await waitForPixel(page, 'a.png');
  await press(page, 'Folder links');
  await items(page, 'Open links').nth(1).waitFor();
  const bodies = (line: string) => requests(line).map(({ body }) => body);
  return { ...opened, links, bodies };
}

/** The words in all fields, also in those of a dialog that is closed. */
const inFields = (page: Page) =>
  page.evaluate<string>(`[...document.querySelectorAll('input')].map((field) => field.value).join()`);

t.test('the open links, and who made them', async (t) => {
  const { page, complaints } = await openLinks(t);
  await page.getByRole('heading', { name: 'Links to the folder of Physics' }).waitFor();
  const date = /until Dec 6, 2026, [^·]+/;
  const [view = '', upload = ''] = await items(page, 'Open links').allTextContents();
  t.match(view, new RegExp(`^see all filesby you · ${date.source} · without a passwordChangeEnd$`));
  t.match(
    upload,
    new RegExp(
      `^Paperssend files · by Bob · ${date.source} · with a password · 3 of 1,000 files, 1.2 kB of 5.0 MBChangeEnd$`,
    ),
  );
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    t.strictSame(await axeViolations(page), [], colorScheme);
  }
  t.strictSame(complaints, []);
});

t.test('a view link: its address is shown once', async (t) => {
  const { page, bodies, links, complaints } = await openLinks(t);
  links.push({ ...VIEW, id: 'new' });
  await page.getByLabel('Name (optional)').fill(' Holiday ');
  await page.getByLabel('Password (optional)').fill(' secret words ');
  await press(page, 'Create link');
  await page.getByText('This link is shown only now.').waitFor();
  t.strictSame(bodies(`POST ${LINKS}`), [
    { role: 'viewer', expiresIn: 604_800, name: 'Holiday', password: ' secret words ' },
  ]);
  t.match(await page.getByRole('textbox', { name: 'Link to the folder' }).inputValue(), '#link=x.y');
  await comesTo(t, () => items(page, 'Open links').count(), 3);
  t.equal(await page.getByLabel('Password (optional)').inputValue(), '', 'the next link gets another one');
  t.strictSame(await axeViolations(page), []);
  await press(page, 'Done');
  await press(page, 'Folder links');
  await items(page, 'Open links').nth(2).waitFor();
  t.notMatch(await inFields(page), '#link=');
  t.strictSame(complaints, []);
});

t.test('an upload link has bounds', async (t) => {
  const { page, bodies } = await openLinks(t);
  await page.getByLabel('Whoever has the link may').selectOption('uploader');
  await page.getByLabel('Files, at most').fill('10001');
  await press(page, 'Create link');
  t.ok(
    await page.getByLabel('Files, at most').and(page.locator(':focus')).isVisible(),
    'the browser says what is wrong',
  );
  await page.getByLabel('Files, at most').fill('20');
  await page.getByLabel('GB, all together').fill('1.5');
  await press(page, 'Create link');
  await page.getByRole('textbox', { name: 'Link to the folder' }).waitFor();
  await page.getByLabel('Whoever has the link may').selectOption('viewer');
  await press(page, 'Create link');
  await until(() => bodies(`POST ${LINKS}`).length, 2);
  t.strictSame(bodies(`POST ${LINKS}`), [
    { role: 'uploader', expiresIn: 604_800, maxFiles: 20, maxBytes: 1_500_000_000 },
    { role: 'viewer', expiresIn: 604_800 },
  ]);
});

t.test('a new password, and a new end', async (t) => {
  const { page, state, bodies } = await openLinks(t);
  const line = `PATCH ${LINKS}/upload`;
  await press(page, 'Change the link “Papers”');
  t.strictSame(await axeViolations(page), []);
  await page.getByLabel('New password').fill('p');
  state.answers.set(line, () => [404, { code: 'no_such_link' }]);
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('This link has ended.').waitFor();
  state.answers.set(line, () => [200, { ...UPLOAD, expiresAt: '2027-01-01T12:00:00.000Z' }]);
  await page.getByLabel('New password').fill('');
  await page.getByLabel('From now, the link ends after').selectOption('30 days');
  await page.keyboard.press('Enter');
  await page.getByText('The link has changed.').waitFor();
  t.strictSame(bodies(line), [{ password: 'p' }, { expiresIn: 2_592_000 }]);
  await items(page, 'Open links')
    .getByText(/Jan 1, 2027.* 3 of 1,000 files/)
    .waitFor();
});

t.test('ends a link; its address is not shown any more', async (t) => {
  const { page, state, links } = await openLinks(t);
  links.push({ ...VIEW, id: 'new', name: 'Mine' });
  await press(page, 'Create link');
  const address = page.getByRole('textbox', { name: 'Link to the folder' });
  await address.waitFor();
  state.faults.set(`DELETE ${LINKS}/new`, [[503, 'store_unavailable']]);
  await press(page, 'End the link “Mine”');
  await page.getByRole('alert').getByText('The server has a problem').waitFor();
  t.equal(await address.isVisible(), true);
  state.answers.set(`DELETE ${LINKS}/new`, () => [204, {}]);
  await press(page, 'End the link “Mine”');
  await page.getByText('The link has ended. It opens nothing any more.').waitFor();
  await address.waitFor({ state: 'hidden' });
  t.equal(await items(page, 'Open links').count(), 2);
});

t.test('editors of a team of the provider make links, viewers see none', async (t) => {
  const { page, state, requests } = await openLinks(t, { kind: 'provider' });
  await page.getByText('by a member').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Done', exact: true }).click();
  state.team.role = 'viewer';
  const asked = requests(`GET ${LINKS}`).length;
  await page.reload();
  await page.getByText('You can look at these files.').waitFor();
  await roundTrip(page);
  t.equal(await page.getByRole('button', { name: 'Folder links', exact: true }).isVisible(), false);
  t.equal(requests(`GET ${LINKS}`).length, asked);
});

t.test('a closed dialog keeps no address', async (t) => {
  const { page } = await openLinks(t);
  await press(page, 'Create link');
  await page.getByRole('textbox', { name: 'Link to the folder' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await comesTo(t, async () => (await inFields(page)).includes('#link='), false);
  t.equal(await items(page, 'Open links').count(), 0);
});
