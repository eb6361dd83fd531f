import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { axeViolations } from '../../support/page-look.ts';
import { act, cards, fileLink, openSessions, openShared } from './acts.ts';
import { comesTo, PIXEL, roundTrip, until, waitUntil } from './browser.ts';
import { openPictures } from './open-page.ts';

const browser = await launchShell(t);

const focused = (page: Page) =>
  page.evaluate<string>(
    `(({ ariaLabel, id, textContent }) => ariaLabel ?? (id || textContent))(document.activeElement)`,
  );

t.test('replaces a file under its name, whatever the new one is called', async (t) => {
  const { page, requests } = await openPictures(t, browser, ['a.png']);
  const before = await page.locator('#gallery img').getAttribute('src');
  const chooser = page.waitForEvent('filechooser');
  await act(page, 'a.png', 'Replace…');
  await (await chooser).setFiles({ name: 'IMG_1.png', mimeType: 'image/png', buffer: PIXEL });
  await page.getByText('a.png is uploaded.').waitFor();
  t.match(requests('POST /api/uploads')[0]?.body, { name: 'a.png', type: 'image/png' });
  t.equal(await cards(page).count(), 1);
  const isBefore = async () => (await page.locator('#gallery img').getAttribute('src')) === before;
  await comesTo(t, isBefore, false, 'a new version has a new address');
});

t.test('shares a file: link, copy, countdown, list, revoke', async (t) => {
  const { page, origins, requests, complaints } = await openPictures(t, browser, ['a.png']);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Share a.png' }).click();
  await page.locator('#share-length').fill('10');
  await page.getByRole('button', { name: 'Create link' }).click();
  await page.getByRole('textbox', { name: 'Link', exact: true }).waitFor();
  t.match(requests('POST /api/shares')[0]?.body, { name: 'a.png', expiresIn: 600 });
  await comesTo(
    t,
    () => page.getByRole('textbox', { name: 'Link', exact: true }).inputValue(),
    `${origins.app}/#share=secret-1`,
  );
  await comesTo(t, () => focused(page), 'share-copy', 'the next thing to do');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  t.equal(await page.evaluate('navigator.clipboard.readText()'), `${origins.app}/#share=secret-1`);
  await waitUntil(page, `/^9:\\d\\d left$/.test(document.querySelector('#share-countdown').textContent)`);
  await page.getByRole('button', { name: 'Done' }).click();
  await comesTo(t, () => focused(page), 'Share a.png', 'back where the dialog came from');
  await openShared(page);
  await page
    .getByRole('list', { name: 'Shared links', exact: true })
    .getByRole('listitem')
    .getByText(/^9:\d\d left$/)
    .waitFor();
  await page.getByRole('button', { name: 'Revoke the link to a.png' }).press('Enter');
  await page.getByText('opens nothing any more').waitFor();
  t.equal(requests('DELETE /api/shares/1').length, 1);
  await page.getByText('Nothing is shared.').waitFor();
  await comesTo(t, () => page.evaluate('document.activeElement.id'), 'new');
  t.strictSame(complaints, []);
});

t.test('several files: one link each, and one text with all addresses', async (t) => {
  const { page, origins, state, requests, complaints } = await openPictures(t, browser, [
    'a.png',
    'b.png',
    'c.png',
    'd.png',
  ]);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await fileLink(page, 'a.png').focus();
  await page.keyboard.press('Control+a');
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  await page.getByRole('heading', { name: 'Share 4 files' }).waitFor();
  state.faults.set('POST /api/shares', [[], [404, 'not_found'], [], [409, 'too_many_shares']]);
  await page.getByRole('button', { name: 'Create link', exact: true }).click();
  await page.getByRole('textbox', { name: 'Link', exact: true }).waitFor();
  const names = requests('POST /api/shares').map(({ body }) => Object(body).name);
  t.equal(new Set(names).size, 4, 'a file that is gone takes nothing from the others');
  const wanted = [0, 2]
    .map((at, index) => `${names[at]}: ${origins.app}/#share=secret-${index + 1}`)
    .join('\n');
  t.equal(await page.getByRole('textbox', { name: 'Link', exact: true }).inputValue(), wanted);
  await page.getByText('2 files have no link. You already have 50 links.').waitFor();
  await comesTo(t, () => focused(page), 'share-copy');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  t.equal(await page.evaluate('navigator.clipboard.readText()'), wanted);
  t.strictSame(await axeViolations(page), []);
  await page.getByRole('button', { name: 'Done' }).click();

  state.faults.set('POST /api/shares', [[409, 'too_many_shares']]);
  state.log.length = 0;
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  await page.getByRole('button', { name: 'Create link', exact: true }).click();
  await page.getByText('You already have 50 links').waitFor();
  t.equal(requests('POST /api/shares').length, 1, 'no other file would get a link either');
  t.equal(await page.getByRole('textbox', { name: 'Link', exact: true }).isVisible(), false);

  let isFirst = true;
  const isClosed = Promise.withResolvers<undefined>();
  state.answers.set('POST /api/shares', () => {
    const answer = isFirst ? isClosed.promise : Promise.resolve(undefined);
    isFirst = false;
    return answer;
  });
  await page.getByRole('button', { name: 'Create link', exact: true }).click();
  await until(() => requests('POST /api/shares').length, 2);
  await page.keyboard.press('Escape');
  isClosed.resolve(undefined);
  await roundTrip(page);
  await openShared(page);
  await comesTo(
    t,
    () => page.getByRole('list', { name: 'Shared links', exact: true }).getByRole('listitem').count(),
    3,
    'and the link that was under way',
  );
  t.equal(requests('POST /api/shares').length, 2, 'a closed dialog makes no more');
  t.strictSame(complaints, []);
});

t.test('a link to a file that was replaced is said to open nothing, and can be revoked', async (t) => {
  const { page, store, requests } = await openPictures(t, browser, ['a.png', 'b.png']);
  for (const name of ['a.png', 'b.png']) {
    await page.getByRole('button', { name: `Share ${name}` }).click();
    await page.getByRole('button', { name: 'Create link' }).click();
    await page.getByRole('button', { name: 'Done' }).click();
  }
  store('a.png', 'image/png', PIXEL);
  await openShared(page);
  await page.getByRole('list', { name: 'Shared links', exact: true }).getByRole('listitem').nth(1).waitFor();
  t.match(
    await page
      .getByRole('list', { name: 'Shared links', exact: true })
      .getByRole('listitem')
      .allTextContents(),
    [
      /^PNGa\.pngopens nothing: the file was replaced or deletedRevoke$/,
      /^PNGb\.png(30:00|29:\d\d) leftCopyRevoke$/,
    ],
  );
  await page.getByRole('button', { name: 'Revoke the link to a.png' }).click();
  await page.getByText('opens nothing any more').waitFor();
  t.equal(requests('DELETE /api/shares/1').length, 1);
});

t.test('a link that comes late is not shown as the link to another file', async (t) => {
  const { page, state, requests } = await openPictures(t, browser, ['a.png', 'b.png']);
  const isOtherOpen = Promise.withResolvers<undefined>();
  state.answers.set('POST /api/shares', () => isOtherOpen.promise);
  await page.getByRole('button', { name: 'Share a.png' }).click();
  await page.getByRole('button', { name: 'Create link', exact: true }).click();
  await until(() => requests('POST /api/shares').length, 1);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Share b.png' }).click();
  await page.getByRole('heading', { name: 'Share b.png' }).waitFor();
  isOtherOpen.resolve(undefined);
  await roundTrip(page);
  t.equal(await page.getByRole('textbox', { name: 'Link', exact: true }).isVisible(), false);
  await page.getByRole('button', { name: 'Create link', exact: true }).click();
  await page.getByRole('textbox', { name: 'Link', exact: true }).waitFor();
  t.match(await page.getByRole('textbox', { name: 'Link', exact: true }).inputValue(), /#share=secret-2$/);
});

t.test('shows where the person is signed in, and signs out another browser', async (t) => {
  const { page, state, requests, complaints } = await openPictures(t, browser, []);
  const at = { createdAt: '2026-11-26T08:00:00.000Z', lastUsedAt: '2026-11-26T09:30:00.000Z' };
  const here =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36';
  const phone =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Safari/604.1';
  state.sessions = [
    { id: 'here', current: true, userAgent: here, ...at },
    { id: 'phone', current: false, userAgent: phone, ...at },
    { id: 'gone', current: false, ...at },
  ];
  await openSessions(page);
  await page.getByRole('list', { name: 'Sessions', exact: true }).getByRole('listitem').nth(2).waitFor();
  const rows = await page
    .getByRole('list', { name: 'Sessions', exact: true })
    .getByRole('listitem')
    .allInnerTexts();
  t.strictSame(
    rows.map((row) => row.split('\n')[0]),
    ['Chrome on Linux', 'Safari on iPhone', 'A browser'],
  );
  t.match(rows[0], 'this browser');
  t.equal(await page.locator('#sessions button').count(), 2, 'for this browser there is Sign out');
  t.strictSame(await axeViolations(page), []);
  const focusedId = () => page.evaluate('document.activeElement.id');
  const isAnswered = Promise.withResolvers<undefined>();
  state.answers.set('DELETE /api/sessions/phone', () => isAnswered.promise);
  const signOutPhone = page.getByRole('button', { name: 'Sign out Safari on iPhone' });
  for (let press = 0; press < 2; press++) await signOutPhone.press('Enter');
  t.strictSame(await axeViolations(page), [], 'while it is under way');
  isAnswered.resolve(undefined);
  await page.getByText('Safari on iPhone is signed out.').waitFor();
  t.equal(requests('DELETE /api/sessions/phone').length, 1, 'the second press did nothing');
  await comesTo(t, focusedId, 'sign-out-everywhere');
  state.faults.set('DELETE /api/sessions/gone', [
    [503, 'store_unavailable'],
    [404, 'no_such_session'],
  ]);
  await page.getByRole('button', { name: 'Sign out A browser' }).press('Enter');
  await page.getByText('A browser is still signed in.').waitFor();
  t.match(await focused(page), /^Sign out A browser/, 'the focus stays, to try again');
  await page.keyboard.press('Enter');
  await page.locator('[data-session=gone]').waitFor({ state: 'detached' });
  await comesTo(
    t,
    () => page.getByRole('list', { name: 'Sessions', exact: true }).getByRole('listitem').count(),
    1,
  );
  t.strictSame(
    complaints.filter((line) => !/503|404/.test(line)),
    [],
  );
});

t.test('signs out everywhere, once the person has said so', async (t) => {
  const { page, origins, requests } = await openPictures(t, browser, []);
  await openSessions(page);
  await page.locator('#sign-out-everywhere').click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.locator('#confirm').waitFor({ state: 'hidden' });
  t.equal(requests('POST /auth/logout').length, 0);
  await page.locator('#sign-out-everywhere').click();
  await page.locator('#confirm-action').click();
  await page.waitForURL(`${origins.app}/goodbye`);
  t.equal(requests('POST /auth/logout-all').length, 1);
});
