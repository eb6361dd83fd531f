import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { axeViolations } from '../../support/page-look.ts';
import { account, card, cards, confirm, fileLink, items, press, signOut } from './acts.ts';
import { comesTo, PIXEL, roundTrip, waitForPixel } from './browser.ts';
import { openStandIn } from './open-page.ts';
import { BOB } from './stand-in.ts';

const browser = await launchShell(t);
const TEAM = 'teamaaaaaaaaaaaaaaaaaaaaaa';
const SECRET = 'lyjvxctqh77jxyw4p2laaa';
const ACCEPT = 'POST /api/invitations/accept';

/** A page of a user with a team, which has one picture. */
async function openTeam(t: Test, team: object = {}, mayMakeTeams = true) {
  const opened = await openStandIn(t, browser);
  opened.state.mayMakeTeams = mayMakeTeams;
  opened.state.teams = [TEAM];
  Object.assign(opened.state.team, team);
  opened.store(`teams/${TEAM}/a.png`, 'image/png', PIXEL);
  await opened.page.context().request.get(`${opened.origins.app}/auth/login`, { maxRedirects: 0 });
  await opened.page.goto(`${opened.origins.app}/#team/${TEAM}/`);
  await waitForPixel(opened.page, 'a.png');
  return opened;
}

const question = (page: Page) => page.getByRole('heading', { name: 'Join the team?' });

/** Nobody is asked to join, also after a reload, which would ask about an invitation that the page still has. */
async function isForgotten(t: Test, page: Page): Promise<void> {
  await page.reload();
  await account(page).waitFor();
  await roundTrip(page);
  t.equal(await question(page).count(), 0);
}

t.test('a team has an address; the rail leads there and back', async (t) => {
  const { page, origins, store, complaints } = await openTeam(t);
  store('mine.png', 'image/png', PIXEL);
  await comesTo(t, () => page.title(), 'Physics – Private files');
  await comesTo(
    t,
    () => page.getByRole('navigation', { name: 'Places' }).locator('[aria-current]').allTextContents(),
    ['Physics Editor'],
  );
  t.equal(await page.getByRole('button', { name: 'New team', exact: true }).isVisible(), true);
  await page.getByRole('link', { name: 'Files', exact: true }).press('Enter');
  await waitForPixel(page, 'mine.png');
  await comesTo(t, () => page.title(), 'Private files');
  await comesTo(t, () => cards(page).count(), 1, 'no file of the team');
  await page.goBack();
  await waitForPixel(page, 'a.png');
  await comesTo(t, () => cards(page).count(), 1, 'no file of the own folder');
  await fileLink(page, 'a.png').click();
  await comesTo(t, () => page.evaluate('location.href'), `${origins.app}/#team/${TEAM}/a.png`);
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await comesTo(t, () => page.evaluate('location.href'), `${origins.app}/#team/${TEAM}/`);
  t.strictSame(complaints, []);
});

t.test('a viewer of a team of the provider sees nothing that changes it', async (t) => {
  const team = { role: 'viewer', kind: 'provider', maxBytes: 1_000 };
  const { page, requests, complaints } = await openTeam(t, team, false);
  await page.getByText('You can look at these files.').waitFor();
  const offersNothing = async (when: string) => {
    for (const name of ['New', 'New team', 'People', 'Delete', 'Share', 'Share a.png'])
      t.equal(await page.getByRole('button', { name, exact: true }).count(), 0, `${name}, ${when}`);
  };
  await offersNothing('in the list');
  await card(page, 'a.png').click({ button: 'right' });
  const offered = ['Open', 'Who can open this?', 'Download', 'Copy link for members'];
  await comesTo(t, () => page.getByRole('menuitem').allTextContents(), offered);
  await page.keyboard.press('Escape');
  await fileLink(page, 'a.png').focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Delete');
  await page.getByRole('group', { name: 'Selection', exact: true }).waitFor();
  await offersNothing('a file being selected');
  await press(page, 'Clear');
  await fileLink(page, 'a.png').click();
  await page.getByRole('dialog').waitFor();
  await offersNothing('a file being open');
  await page.evaluate(`document.body.dispatchEvent(new ClipboardEvent('paste', { bubbles: true }))`);
  await roundTrip(page);
  t.strictSame(requests(`GET /api/teams/${TEAM}/shares`), []);
  t.strictSame(requests('POST /api/'), [], 'no thumbnail is sent either');
  t.strictSame(complaints, []);
});

t.test('an address of a team that the user does not belong to leads home, and says so', async (t) => {
  const { page, origins, state, store } = await openTeam(t);
  store('mine.png', 'image/png', PIXEL);
  await page.evaluate(`location.hash = 'team/teambbbbbbbbbbbbbbbbbbbbbb/x.png'`);
  await page.getByRole('alert').getByText('You are not a member of this team.').waitFor();
  await waitForPixel(page, 'mine.png');
  t.equal(page.url(), `${origins.app}/#`);
  state.faults.set('GET /api/teams', [[503, 'store_unavailable']]);
  await page.evaluate(`location.hash = 'team/teambbbbbbbbbbbbbbbbbbbbbb/x.png'`);
  await page.getByRole('alert').getByText('The server has a problem at the moment.').waitFor();
});

t.test('a team that the user was removed from leads home when it is chosen', async (t) => {
  const { page, state, store } = await openTeam(t);
  store('mine.png', 'image/png', PIXEL);
  await page.evaluate(`location.hash = ''`);
  await waitForPixel(page, 'mine.png');
  state.teams = [];
  await page.getByRole('link', { name: 'Physics' }).click();
  await page.getByRole('alert').getByText('You are no longer a member of Physics.').waitFor();
  await waitForPixel(page, 'mine.png');
  await comesTo(t, () => items(page, 'Teams').count(), 0);
});

t.test('an invitation survives the sign-in, and is in no address', async (t) => {
  const { page, origins, state, requests, complaints } = await openStandIn(t, browser);
  await page.goto(`${origins.app}/#join=${SECRET}`);
  await page.getByRole('heading', { name: 'You are invited to a team' }).waitFor();
  t.equal(page.url(), `${origins.app}/`);
  await page.reload();
  await page.getByRole('heading', { name: 'You are invited to a team' }).waitFor();
  state.answers.set(ACCEPT, () => {
    state.teams = [TEAM];
    // The answer names the team, so the page goes in without the list.
    state.faults.set('GET /api/teams', Array(20).fill([503, 'store_unavailable']));
    return [200, { id: TEAM, prefix: `/teams/${TEAM}/`, ...state.team }];
  });
  await page.getByRole('link', { name: 'Sign in', exact: true }).click();
  await page.getByText('Welcome to Physics.').waitFor();
  t.match(page.url(), `${origins.app}/#team/${TEAM}/`);
  t.strictSame(
    requests(ACCEPT).map(({ body }) => body),
    [{ secret: SECRET }],
  );
  t.strictSame(
    requests('').filter(({ line, headers }) => `${line} ${headers.referer}`.includes(SECRET)),
    [],
  );
  await page.goBack();
  t.notMatch(page.url(), SECRET, 'nor does the history have it');
  t.strictSame(complaints, []);
});

t.test('who is signed in already is asked first, since any page may lead here', async (t) => {
  const { page, origins, state, requests } = await openTeam(t);
  await page.goto(`${origins.app}/#join=${SECRET}`);
  await question(page).waitFor();
  t.strictSame(await axeViolations(page), []);
  await page.reload();
  await question(page).waitFor();
  t.equal(requests(ACCEPT).length, 0, 'also after a reload');
  await page.keyboard.press('Escape');
  await question(page).waitFor({ state: 'hidden' });
  await isForgotten(t, page);

  await page.evaluate(`location.hash = 'join=${SECRET}'`);
  await question(page).waitFor();
  state.answers.set(ACCEPT, () => [503, { code: 'store_unavailable' }]);
  await press(page, 'Join');
  await page.getByText('The server has a problem at the moment.').waitFor();
  state.answers.set(ACCEPT, () => [410, { code: 'invitation_over' }]);
  await press(page, 'Join');
  await page.getByText('This invitation is used up or has ended. Ask for a new one.').waitFor();
  t.equal(await page.getByRole('button', { name: 'Join', exact: true }).isVisible(), false);
  await press(page, 'Close');
  await question(page).waitFor({ state: 'hidden' });
  await isForgotten(t, page);

  await page.evaluate(`location.hash = 'join=${SECRET}'`);
  state.answers.set(ACCEPT, () => [200, { id: TEAM, prefix: `/teams/${TEAM}/`, ...state.team }]);
  await press(page, 'Join');
  // Who is a member already goes in.
  await page.getByRole('status').getByText('Welcome to Physics.').waitFor();
});

t.test('a manager changes roles and removes members, and the row follows what the host says', async (t) => {
  const { page, state, complaints } = await openTeam(t, { role: 'manager' });
  const members = [{ userId: 'x', name: 'Erwin', role: 'viewer', joinedAt: '2026-11-26T08:00:00.000Z' }];
  state.answers.set(`GET /api/teams/${TEAM}`, () => [200, { id: TEAM, ...state.team, members }]);
  await press(page, 'People');
  const row = items(page, 'Members');
  await row.getByText('Erwin').waitFor();
  t.strictSame(await axeViolations(page), []);
  const role = row.getByRole('combobox', { name: 'Role of Erwin' });
  const one = `/api/teams/${TEAM}/members/x`;
  for (const [status, body, shown] of [
    [409, { code: 'last_manager' }, 'viewer'],
    [200, { userId: 'x', role: 'editor' }, 'editor'],
  ] as const) {
    state.answers.set(`PATCH ${one}`, () => [status, body]);
    await role.selectOption('editor');
    await comesTo(t, () => role.isEnabled(), true);
    await comesTo(t, () => role.inputValue(), shown, `after ${status}`);
  }
  for (const [status, rows] of [
    [409, 1],
    [204, 0],
  ] as const) {
    state.answers.set(`DELETE ${one}`, () => [status, { code: 'last_manager' }]);
    await press(page, 'Remove Erwin');
    await confirm(page);
    const said = status === 409 ? page.getByRole('alert') : page.getByRole('status');
    await said.getByText(/manager|Erwin/).waitFor();
    await comesTo(t, () => row.count(), rows, `after ${status}`);
  }
  t.strictSame(complaints, []);
});

t.test('a sign-out leaves nothing of a team, and no invitation', async (t) => {
  const { page, state } = await openTeam(t);
  const members = [{ userId: 'x', name: 'Erwin', role: 'viewer', joinedAt: '2026-11-26T08:00:00.000Z' }];
  state.answers.set(`GET /api/teams/${TEAM}`, () => [200, { id: TEAM, ...state.team, members }]);
  await press(page, 'People');
  await page.getByRole('list', { name: 'Members', exact: true }).getByText('Erwin').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Done', exact: true }).click();
  await page.route('**/goodbye', (route) => route.fulfill({ status: 204 }));
  await signOut(page);
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  t.notMatch(await page.content(), /Physics|Erwin/);
});

t.test('a sign-out in another tab leaves no invitation to whoever signs in next', async (t) => {
  const { page, origins, state, requests } = await openTeam(t);
  await page.goto(`${origins.app}/#join=${SECRET}`);
  await question(page).waitFor();
  const other = await page.context().newPage();
  await other.route('**/goodbye', (route) => route.fulfill({ status: 204 }));
  await other.goto(origins.app);
  await signOut(other);
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  state.next = BOB;
  await page.getByRole('link', { name: 'Sign in', exact: true }).click();
  await page.getByText(BOB.name, { exact: true }).waitFor();
  await roundTrip(page);
  t.equal(await question(page).count(), 0);
  t.strictSame(requests(ACCEPT), []);
});

t.test('an invitation is not for whoever signs in after the session of the invited person', async (t) => {
  const { page, origins, state, requests } = await openTeam(t);
  await page.goto(`${origins.app}/#join=${SECRET}`);
  await question(page).waitFor();
  state.user = undefined;
  await page.reload();
  await page.getByRole('heading', { name: 'You are invited to a team' }).waitFor();
  state.next = BOB;
  await page.getByRole('link', { name: 'Sign in', exact: true }).click();
  await page.getByText(BOB.name, { exact: true }).waitFor();
  await roundTrip(page);
  t.equal(await question(page).count(), 0);
  t.strictSame(requests(ACCEPT), []);
});
