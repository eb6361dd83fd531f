import type { Page } from 'playwright-core';
import t from 'tap';
import { cards, choose, confirm, fileLink, items, path, press } from '../services/web/acts.ts';
import { comesTo, waitUntil } from '../services/web/browser.ts';
import { launchShell } from '../support/chromium.ts';
import { drawPng } from '../support/drawn-picture.ts';
import { startTestStack } from '../support/test-stack.ts';
import { pictureOf, signInOnPage, uploadOnPage } from './support/places.ts';

import { invite, makeTeam, openProfile } from './support/teams.ts';

const stack = await startTestStack(t);
const browser = await launchShell(t);

const isShown = (name: string) => `${pictureOf(name)}?.naturalWidth > 0`;

t.test('an upload goes to the team where it began, whatever the page shows meanwhile', async (t) => {
  const { page, complaints } = await openProfile(t, browser);
  await signInOnPage(page, stack.appOrigin, 'carol');
  await makeTeam(page, 'Office');
  const isOpen = Promise.withResolvers<void>();
  await page.route(`${stack.s3Origin}/**`, async (route) => {
    await isOpen.promise;
    await route.continue();
  });
  const buffer = await drawPng(page, 100);
  await choose(page, { name: 'plan.png', mimeType: 'image/png', buffer });
  await page.getByRole('link', { name: 'Files', exact: true }).click();
  await comesTo(t, () => path(page), ['My files']);
  await items(page, 'Uploads').getByText('Office').waitFor();
  isOpen.resolve();
  await page.getByText('plan.png is uploaded.').waitFor();
  t.equal(await cards(page).count(), 0, 'not here');
  await page.goBack();
  await waitUntil(page, isShown('plan.png'));
  await page.reload();
  await waitUntil(page, isShown('plan.png'));
  t.strictSame(complaints, []);
});

t.test('a team is renamed, left and deleted, and every page follows', async (t) => {
  const dora = await openProfile(t, browser);
  const emil = await openProfile(t, browser);
  await signInOnPage(dora.page, stack.appOrigin, 'dora');
  await signInOnPage(emil.page, stack.appOrigin, 'emil');
  await makeTeam(dora.page, 'Choir');
  const url = await invite(dora.page, 'editor');
  await emil.page.goto(url);
  await press(emil.page, 'Join');
  await emil.page.getByText('Welcome to Choir.').waitFor();
  await emil.page.goto('about:blank');
  await emil.page.goto(url);
  await press(emil.page, 'Join');
  await emil.page.getByText('Welcome to Choir.').waitFor();

  await press(dora.page, 'People');
  await dora.page.getByRole('combobox', { name: 'Role of emil' }).selectOption('viewer');
  await dora.page.getByText('emil now has the role “Viewer”.').waitFor();
  const buffer = await drawPng(dora.page, 100);
  await choose(emil.page, { name: 'song.png', mimeType: 'image/png', buffer });
  await emil.page.getByText('Your role in this team does not allow this.').waitFor();
  await emil.page.getByRole('button', { name: 'New', exact: true }).waitFor({ state: 'hidden' });

  await press(dora.page, 'Leave');
  await confirm(dora.page);
  await dora.page.getByText('A team needs a manager.').waitFor();
  await press(dora.page, 'Rename');
  await dora.page.getByLabel('Name of the team').fill('Big choir');
  await dora.page.keyboard.press('Enter');
  await dora.page.getByRole('heading', { name: 'People of Big choir' }).waitFor();
  await comesTo(t, () => dora.page.title(), 'Big choir – Private files');
  await press(dora.page, 'Delete the team');
  await confirm(dora.page);
  await dora.page.getByText('Big choir is deleted.').waitFor();
  await comesTo(t, () => dora.page.title(), 'Private files');
  t.equal(await dora.page.getByText('Big choir', { exact: true }).count(), 0);

  await emil.page.reload();
  await emil.page.getByText('You are not a member of this team.').waitFor();
  t.strictSame([...dora.complaints, ...emil.complaints], []);
});

const FILES = ['a.png', 'b.png', 'c.png', 'd.png'];

async function opensInLightbox(page: Page, name: string): Promise<void> {
  await waitUntil(page, `document.querySelector('dialog img[alt="${name}"]')?.naturalWidth > 0`);
}

t.test('a member is removed while both look; invited again, it works', async (t) => {
  const alice = await openProfile(t, browser);
  const bob = await openProfile(t, browser);
  await signInOnPage(alice.page, stack.appOrigin, 'alice');
  await makeTeam(alice.page, 'Holiday');
  for (const name of FILES) await uploadOnPage(alice.page, name, await drawPng(alice.page, 40));
  const url = await invite(alice.page, 'viewer');
  const secret = new URL(url).hash.slice('#join='.length);

  await bob.page.goto(url);
  await bob.page.getByText('You are invited to a team').waitFor();
  t.notMatch(bob.page.url(), secret, 'the secret has left the address');
  await bob.page.getByRole('link', { name: 'Sign in', exact: true }).click();
  await bob.page.fill('input[name=login]', 'bob');
  await bob.page.fill('input[name=password]', 'anything');
  await bob.page.click('form button');
  await bob.page.getByText('Welcome to Holiday.').waitFor();
  for (const name of FILES) await waitUntil(bob.page, isShown(name));
  t.match(bob.page.url(), /#team\/[a-z2-7]{26}\/$/);
  t.notMatch(bob.requests.join('\n'), secret, 'it was in no address');
  t.notMatch((await stack.settledLog()).join('\n'), secret, 'nor in the log');
  t.equal(await bob.page.getByRole('button', { name: 'New', exact: true }).isVisible(), false);
  t.equal(await bob.page.getByRole('button', { name: 'Share a.png' }).count(), 0, 'a viewer');

  for (const { page } of [alice, bob]) {
    await fileLink(page, 'd.png').click();
    await opensInLightbox(page, 'd.png');
  }
  const manager = await alice.page.context().newPage();
  await manager.goto(alice.page.url().replace('d.png', ''));
  await press(manager, 'People');
  await press(manager, 'Remove bob');
  await confirm(manager);
  await manager.getByText('bob is no longer a member.').waitFor();

  // The browser has the second picture already. It was loaded in advance.
  await bob.page.keyboard.press('ArrowRight');
  await bob.page.keyboard.press('ArrowRight');
  await bob.page.getByText('You are no longer a member of Holiday.').waitFor();
  await bob.page.getByRole('dialog').waitFor({ state: 'hidden' });
  await comesTo(t, () => path(bob.page), ['My files']);
  await comesTo(t, () => cards(bob.page).count(), 0);
  t.notMatch(bob.page.url(), 'team');
  t.equal(await bob.page.getByRole('link', { name: 'Holiday' }).count(), 0);

  await alice.page.keyboard.press('ArrowRight');
  await alice.page.keyboard.press('ArrowRight');
  await opensInLightbox(alice.page, 'b.png');
  t.equal(await alice.page.getByRole('alert').isVisible(), false, 'she sees nothing unusual');
  await manager.getByRole('dialog').getByRole('button', { name: 'Done', exact: true }).click();
  const again = await invite(manager, 'editor');
  await manager.close();

  await bob.page.goto(again);
  await bob.page.getByRole('heading', { name: 'Join the team?' }).waitFor();
  await press(bob.page, 'Join');
  for (const name of FILES) await waitUntil(bob.page, isShown(name));
  t.equal(await bob.page.getByRole('button', { name: 'Share a.png' }).count(), 1, 'now as an editor');
  t.strictSame([...alice.complaints, ...bob.complaints], []);
});
