import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { axeViolations } from '../../support/page-look.ts';
import {
  act,
  cards,
  confirm,
  fileLink,
  focused,
  isFocused,
  items,
  openSessions,
  openShared,
  press,
} from './acts.ts';
import { comesTo, PIXEL, roundTrip, until } from './browser.ts';
import { openPictures } from './open-page.ts';

const browser = await launchShell(t);

t.test('replaces a file under its name, whatever the new one is called', async (t) => {
  const { page, requests } = await openPictures(t, browser, ['a.png']);
  const before = await cards(page).getByRole('img').getAttribute('src');
  const chooser = page.waitForEvent('filechooser');
  await act(page, 'a.png', 'Replace…');
  await (await chooser).setFiles({ name: 'IMG_1.png', mimeType: 'image/png', buffer: PIXEL });
  await page.getByText('a.png is uploaded.').waitFor();
  t.match(requests('POST /api/uploads')[0]?.body, { name: 'a.png', type: 'image/png' });
  t.equal(await cards(page).count(), 1);
  const isBefore = async () => (await cards(page).getByRole('img').getAttribute('src')) === before;
  await comesTo(t, isBefore, false, 'a new version has a new address');
});

t.test('shares a file: link, copy, countdown, list, revoke', async (t) => {
  const { page, origins, requests, complaints } = await openPictures(t, browser, ['a.png']);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await press(page, 'Share a.png');
  await page.getByRole('combobox', { name: 'The link ends after', exact: true }).selectOption('1 hour');
  await press(page, 'Create link');
  await page.getByRole('textbox', { name: 'Link', exact: true }).waitFor();
  t.match(requests('POST /api/shares')[0]?.body, { name: 'a.png', expiresIn: 3_600 });
  await comesTo(
    t,
    () => page.getByRole('textbox', { name: 'Link', exact: true }).inputValue(),
    `${origins.app}/#share=secret-1`,
  );
  await comesTo(t, () => focused(page), 'Copy', 'the next thing to do');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  t.equal(await page.evaluate('navigator.clipboard.readText()'), `${origins.app}/#share=secret-1`);
  await page
    .getByRole('dialog')
    .getByText(/^(1 h 0 min|59:\d\d) left$/)
    .waitFor();
  await press(page, 'Done');
  const origin = page.getByRole('button', { name: 'Share a.png' });
  await comesTo(t, () => isFocused(origin), true, 'back where the dialog came from');
  await openShared(page);
  await items(page, 'Shared links')
    .getByText(/^(1 h 0 min|59:\d\d) left$/)
    .waitFor();
  await page.getByRole('button', { name: 'Revoke the link to a.png' }).press('Enter');
  await page.getByText('opens nothing any more').waitFor();
  t.equal(requests('DELETE /api/shares/1').length, 1);
  await page.getByText('Nothing is shared.').waitFor();
  await comesTo(t, () => focused(page), 'New');
  t.strictSame(complaints, []);
});

t.test('several files: one link each, and one text with all addresses', async (t) => {
  const { page, origins, state, requests, complaints } = await openPictures(t, browser, [
    'a.png',
    'b.png',
    'c.png',
  ]);
  await fileLink(page, 'a.png').focus();
  await page.keyboard.press('Control+a');
  await press(page, 'Share');
  await page.getByRole('heading', { name: 'Share 3 files' }).waitFor();
  state.faults.set('POST /api/shares', [[], [404, 'not_found']]);
  await press(page, 'Create link');
  const field = page.getByRole('textbox', { name: 'Link', exact: true });
  await field.waitFor();
  const names = requests('POST /api/shares').map(({ body }) => Object(body).name);
  const line = (at: number, share: number) => `${names[at]}: ${origins.app}/#share=secret-${share}`;
  t.equal(
    await field.inputValue(),
    `${line(0, 1)}\n${line(2, 2)}`,
    'a file that is gone takes nothing from the others',
  );
  t.strictSame(await axeViolations(page), []);
  t.strictSame(complaints, []);
});

t.test('a link to a file that was replaced is said to open nothing, and can be revoked', async (t) => {
  const { page, store, requests } = await openPictures(t, browser, ['a.png', 'b.png']);
  for (const name of ['a.png', 'b.png']) {
    await press(page, `Share ${name}`);
    await press(page, 'Create link');
    await press(page, 'Done');
  }
  store('a.png', 'image/png', PIXEL);
  await openShared(page);
  await items(page, 'Shared links').nth(1).waitFor();
  t.match(await items(page, 'Shared links').allTextContents(), [
    /^PNGa\.pngopens nothing: the file was replaced or deletedRevoke$/,
    /^PNGb\.png7 days leftCopyRevoke$/,
  ]);
  await press(page, 'Revoke the link to a.png');
  await page.getByText('opens nothing any more').waitFor();
  t.equal(requests('DELETE /api/shares/1').length, 1);
});

t.test('a link that comes late is not shown as the link to another file', async (t) => {
  const { page, state, requests } = await openPictures(t, browser, ['a.png', 'b.png']);
  const isOtherOpen = Promise.withResolvers<undefined>();
  state.answers.set('POST /api/shares', () => isOtherOpen.promise);
  await press(page, 'Share a.png');
  await press(page, 'Create link');
  await until(() => requests('POST /api/shares').length, 1);
  await page.keyboard.press('Escape');
  await press(page, 'Share b.png');
  await page.getByRole('heading', { name: 'Share b.png' }).waitFor();
  isOtherOpen.resolve(undefined);
  await roundTrip(page);
  t.equal(await page.getByRole('textbox', { name: 'Link', exact: true }).isVisible(), false);
  await press(page, 'Create link');
  await page.getByRole('textbox', { name: 'Link', exact: true }).waitFor();
  t.match(await page.getByRole('textbox', { name: 'Link', exact: true }).inputValue(), /#share=secret-2$/);
});

t.test('shows where the person is signed in, and signs out another browser', async (t) => {
  const { page, state, requests, complaints } = await openPictures(t, browser, []);
  const at = { createdAt: '2026-11-26T08:00:00.000Z', lastUsedAt: '2026-11-26T09:30:00.000Z' };
  const userAgent =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Safari/604.1';
  state.sessions = [
    { id: 'here', current: true, ...at },
    { id: 'phone', current: false, userAgent, ...at },
  ];
  await openSessions(page);
  const rows = items(page, 'Sessions');
  await rows.filter({ hasText: 'this browser' }).waitFor();
  t.equal(await rows.getByRole('button').count(), 1, 'for this browser there is Sign out');
  t.strictSame(await axeViolations(page), []);
  state.faults.set('DELETE /api/sessions/phone', [[503, 'store_unavailable']]);
  const signOutPhone = page.getByRole('button', { name: 'Sign out Safari on iPhone' });
  await signOutPhone.click();
  await page.getByText('Safari on iPhone is still signed in.').waitFor();
  await signOutPhone.click();
  await page.getByText('Safari on iPhone is signed out.').waitFor();
  await comesTo(t, () => rows.count(), 1);
  t.equal(requests('DELETE /api/sessions/phone').length, 2);
  t.strictSame(
    complaints.filter((line) => !/503/.test(line)),
    [],
  );
});

t.test('signs out everywhere, once the person has said so', async (t) => {
  const { page, origins, requests } = await openPictures(t, browser, []);
  await openSessions(page);
  await page.getByRole('button', { name: 'Sign out everywhere', exact: true }).click();
  await press(page, 'Cancel');
  await page.getByRole('button', { name: 'Cancel', exact: true }).waitFor({ state: 'hidden' });
  t.equal(requests('POST /auth/logout').length, 0);
  await page.getByRole('button', { name: 'Sign out everywhere', exact: true }).click();
  await confirm(page);
  await page.waitForURL(`${origins.app}/goodbye`);
  t.equal(requests('POST /auth/logout-all').length, 1);
});
