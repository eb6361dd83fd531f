import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { axeViolations } from '../../support/page-look.ts';
import { act, cards, confirm, fileLink, isFocused, press, signOut } from './acts.ts';
import { comesTo, PIXEL } from './browser.ts';
import { drawn, openStandIn } from './open-page.ts';

const browser = await launchShell(t);
const TEAM = 'teamaaaaaaaaaaaaaaaaaaaaaa';

/** A page of a user with these files, and one team. */
async function open(t: Test, names: readonly string[], { path = '/', ...options } = {}) {
  const opened = await openStandIn(t, browser, options);
  const { page, origins, state, store } = opened;
  state.teams = [TEAM];
  for (const name of names) store(name, 'image/png', PIXEL);
  await page.context().request.get(`${origins.app}/auth/login`, { maxRedirects: 0 });
  await page.goto(origins.app + path);
  await drawn(page, names);
  const stored = () => [...opened.stored.keys()].filter((name) => !name.startsWith('.thumb')).toSorted();
  return { ...opened, names: stored };
}

async function select(page: Page, ...names: string[]): Promise<void> {
  for (const name of names) await page.getByRole('checkbox', { name: `Select ${name}` }).check();
}

const dialog = (page: Page) => page.getByRole('dialog').last();
const status = (page: Page) => page.getByRole('status');

t.test('a file is renamed: the field has the name, and its stem is selected', async (t) => {
  const { page, names, complaints } = await open(t, ['pets/cat.png', 'pets/dog.png'], { path: '/#/pets/' });
  await act(page, 'pets/cat.png', 'Rename');
  const field = dialog(page).getByLabel('New name');
  t.equal(await field.inputValue(), 'cat.png');
  t.equal(await page.evaluate('getSelection().toString()'), 'cat');
  t.strictSame(await axeViolations(page), []);
  for (const [typed, words] of [
    ['dog.png', 'This name is taken.'],
    ['a/b.png', 'This name cannot be used.'],
  ] as const) {
    await field.fill(typed);
    await page.keyboard.press('Enter');
    await dialog(page).getByText(words).waitFor();
    t.ok(await isFocused(field));
  }
  await field.fill(' kitten.png ');
  await page.keyboard.press('Enter');
  await status(page).getByText('cat.png is now kitten.png.').waitFor();
  await fileLink(page, 'pets/kitten.png').waitFor();
  t.strictSame(names(), ['pets/dog.png', 'pets/kitten.png']);
  t.strictSame(complaints, []);
});

t.test('files move into a folder of a team, and names that meet are asked about once', async (t) => {
  const { page, names, store, complaints } = await open(t, ['a.png', 'b.png', 'c.png']);
  store(`teams/${TEAM}/deep/a.png`, 'image/png', Buffer.from('other'));
  store(`teams/${TEAM}/deep/b.png`, 'image/png', Buffer.from('other'));
  await select(page, 'a.png', 'b.png', 'c.png');
  await press(page, 'Move');
  await dialog(page).getByRole('heading', { name: 'Move 3 items' }).waitFor();
  const here = dialog(page).getByRole('button', { name: 'Move here' });
  t.ok(await here.isDisabled(), 'they are here already');
  await dialog(page).getByLabel('Place').selectOption('Physics');
  await dialog(page).getByRole('button', { name: 'deep' }).click();
  await dialog(page).getByText('To deep').waitFor();
  t.strictSame(await axeViolations(page), []);
  await here.click();
  await page.getByRole('heading', { name: '2 files with these names are there already' }).waitFor();
  t.strictSame(await axeViolations(page), []);
  await press(page, 'Keep both');
  await status(page).getByText('3 files are now in deep.').waitFor();
  const inTeam = ['a (2).png', 'a.png', 'b (2).png', 'b.png', 'c.png'];
  t.strictSame(
    names(),
    inTeam.map((name) => `teams/${TEAM}/deep/${name}`),
  );
  await press(page, 'Show');
  await comesTo(t, () => cards(page).count(), 5);
  t.match(page.url(), `#team/${TEAM}/deep/`);
  t.strictSame(complaints, []);
});

t.test('what is deleted is in the trash: undone at once, or restored later', async (t) => {
  const { page, names, complaints } = await open(t, ['a.png', 'b.png']);
  await select(page, 'a.png', 'b.png');
  await press(page, 'Delete');
  await status(page).getByText('2 files are in the trash.').waitFor();
  t.strictSame(names(), []);
  await press(page, 'Undo');
  await status(page).getByText('2 files are back.').waitFor();
  await comesTo(t, () => cards(page).count(), 2);
  await act(page, 'a.png', 'Delete');
  await status(page).getByText('a.png is in the trash.').waitFor();
  await act(page, 'b.png', 'Delete');
  await status(page).getByText('b.png is in the trash.').waitFor();
  await press(page, 'Trash');
  const rows = dialog(page).getByRole('listitem');
  await comesTo(t, () => rows.count(), 2);
  t.match(await rows.first().textContent(), /^PNGa\.png70 B · deleted .* · until .*RestoreDelete for ever$/);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    t.strictSame(await axeViolations(page), [], colorScheme);
  }
  await dialog(page).getByRole('button', { name: 'Restore: a.png' }).click();
  await dialog(page).getByText('a.png is back.').waitFor();
  await dialog(page).getByRole('button', { name: 'Delete for ever: b.png' }).click();
  await confirm(page);
  await dialog(page).getByText('b.png is deleted for ever.').waitFor();
  t.equal(await rows.count(), 0);
  t.strictSame(names(), ['a.png']);
  await page.keyboard.press('Escape');
  await fileLink(page, 'a.png').waitFor();
  t.strictSame(complaints, []);
});

t.test('of many files, those that fail are told, and the others come back', async (t) => {
  const { page, state } = await open(t, ['a.png', 'b.png']);
  const done = { name: 'a.png', version: 'v' };
  const failed = [{ name: 'b.png', code: 'store_unavailable' }];
  state.answers.set('POST /api/files/delete', () => [200, { deleted: [done], failed }]);
  state.answers.set('POST /api/trash/restore', () => [200, { restored: [done], failed: [] }]);
  await select(page, 'a.png', 'b.png');
  await press(page, 'Delete');
  await page.getByText(/in the trash\. 1 files failed\. The server has a problem/).waitFor();
  await press(page, 'Undo');
  await page.getByText(/ back\.$/).waitFor();
});

t.test('the trash of a team: an editor restores, and a manager also deletes for ever', async (t) => {
  const { page, state } = await open(t, [], { path: `/#team/${TEAM}/` });
  const at = '2026-12-01T12:00:00Z';
  const file = { name: 'a.png', version: 'v', size: 1, deletedAt: at, goesAt: at };
  for (const [role, offered] of [
    ['editor', ['Restore', 'Show more', 'Done']],
    ['manager', ['Restore', 'Delete for ever', 'Show more', 'Empty the trash', 'Done']],
  ] as const) {
    const answers = [{ files: [file], cursor: '1' }, { files: [{ ...file, name: 'b.png' }] }];
    state.answers.set(`GET /api/teams/${TEAM}/trash`, () => [200, answers.shift() ?? {}]);
    state.team.role = role;
    await page.reload();
    await press(page, 'Trash');
    const trash = page.getByRole('dialog', { name: 'Trash of Physics' });
    await comesTo(t, () => trash.getByRole('button').allTextContents(), [...offered]);
    await trash.getByRole('button', { name: 'Show more' }).click();
    await trash.getByText('b.png').waitFor();
  }
});

t.test('where no trash is kept, the page asks first, and says so in the trash', async (t) => {
  const { page, names, operations } = await open(t, ['a.png', 'b.png']);
  operations.state.keeps = false;
  await act(page, 'a.png', 'Delete');
  await page.getByRole('heading', { name: 'Delete a.png?' }).waitFor();
  await confirm(page);
  await status(page).getByText('a.png is deleted.').waitFor();
  t.equal(await page.getByRole('button', { name: 'Undo' }).count(), 0);
  t.strictSame(names(), ['b.png']);
  await press(page, 'Trash');
  await dialog(page).getByText('Nothing is kept here.').waitFor();
});

t.test('a folder is renamed: progress, a stop half way, and the rest after it', async (t) => {
  const many = Array.from({ length: 30 }, (_, index) => `old/${String(index).padStart(2, '0')}.png`);
  const { page, names, operations, complaints } = await open(t, many);
  const gate = Promise.withResolvers<void>();
  operations.state.moveGate = gate.promise;
  await act(page, 'old/', 'Rename');
  await dialog(page).getByLabel('New name').fill('new');
  await page.keyboard.press('Enter');
  const tasks = page.getByRole('region', { name: 'Under way' });
  await tasks.getByText('Moving old').waitFor();
  t.strictSame(await axeViolations(page), []);
  await tasks.getByRole('button', { name: 'Stop: Moving old' }).click();
  gate.resolve();
  const stopped = await tasks.getByText(/^Stopped at \d+ of 30\.$/).textContent();
  t.equal(
    names().filter((name) => name.startsWith('new/')).length,
    Number(/\d+/.exec(stopped ?? '')),
    'what was begun has ended',
  );
  // The focus has stayed.
  await page.keyboard.press('Enter');
  await status(page).getByText('old is now new.').waitFor();
  t.strictSame(
    names(),
    many.map((name) => name.replace('old', 'new')),
  );
  await tasks.waitFor({ state: 'hidden' });
  t.strictSame(complaints, []);
});

t.test('a folder with the new name is there: both come together only if the person wants it', async (t) => {
  const { page, names } = await open(t, ['old/a.png', 'new/b.png']);
  await act(page, 'old/', 'Rename');
  await dialog(page).getByLabel('New name').fill('new');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Put both folders together?' }).waitFor();
  t.strictSame(names(), ['new/b.png', 'old/a.png']);
  await confirm(page);
  await status(page).getByText('old is now new.').waitFor();
  t.strictSame(names(), ['new/a.png', 'new/b.png']);
});

t.test('a version is made present, and the present one is kept', async (t) => {
  const { page, replaceFile, stored, complaints } = await open(t, ['a.png']);
  replaceFile('a.png', 'image/png', Buffer.concat([PIXEL, Buffer.alloc(30)]));
  await act(page, 'a.png', 'Versions');
  const rows = dialog(page).getByRole('listitem');
  await comesTo(t, () => rows.count(), 2);
  t.match(await rows.first().textContent(), / · 100 Bpresent$/);
  t.strictSame(await axeViolations(page), []);
  await rows.nth(1).getByRole('button').click();
  await dialog(page)
    .getByText(/^a\.png is as it was on /)
    .waitFor();
  t.equal(stored.get('a.png')?.bytes.length, 70);
  await comesTo(t, () => rows.count(), 3);
  t.strictSame(complaints, []);
});

t.test('a part of the page that does not load is named', async (t) => {
  const { page } = await open(t, ['a.png']);
  await page.route('**/*.js', (route) => route.abort());
  await act(page, 'a.png', 'Delete');
  await status(page).getByText('Load the page again.').waitFor();
});

t.test('after a sign-out nothing of a task is shown', async (t) => {
  const { page, operations } = await open(t, ['old/a.png']);
  operations.state.moveGate = new Promise(() => {});
  await act(page, 'old/', 'Rename');
  await dialog(page).getByLabel('New name').fill('new');
  await page.keyboard.press('Enter');
  await page.getByText('Moving old').waitFor();
  await page.evaluate(
    `fetch('/auth/logout', { method: 'POST', headers: { 'gateway-user': 'aliceaaaaaaaaaaaaaaaaaaaaa' } })`,
  );
  await page.evaluate(`dispatchEvent(new Event('focus'))`);
  await page.context().clearCookies();
  await signOut(page);
  await page.getByText('Moving old').waitFor({ state: 'hidden' });
});
