import t from 'tap';
import { act, namesOf, press } from '../services/web/acts.ts';
import { comesTo, PIXEL } from '../services/web/browser.ts';
import { launchShell } from '../support/chromium.ts';
import { startTestStack } from '../support/test-stack.ts';
import { signInOnPage, uploadOnPage } from './support/places.ts';
import { openProfile } from './support/teams.ts';

const stack = await startTestStack(t);
const browser = await launchShell(t);

t.test('names, folders, a team, the trash, versions: on the whole stack', { timeout: 240_000 }, async (t) => {
  const { page, complaints } = await openProfile(t, browser);
  const says = (words: string | RegExp) => page.getByRole('status').getByText(words).waitFor();
  const dialog = page.getByRole('dialog').last();
  const shown = async () => (await namesOf(page)).toSorted();
  await signInOnPage(page, stack.appOrigin, 'olga');
  for (const name of ['a.png', 'b.png', 'c.png']) await uploadOnPage(page, name, PIXEL);

  await act(page, 'a.png', 'Rename');
  await dialog.getByLabel('New name').fill('first.png');
  await page.keyboard.press('Enter');
  await says('a.png is now first.png.');

  await press(page, 'New');
  await press(page, 'New folder');
  await dialog.getByLabel('Name of the folder').fill('Old');
  await page.keyboard.press('Enter');
  await says('Old is ready.');
  await page.goto(`${stack.appOrigin}/#/`);
  await act(page, 'first.png', 'Move');
  await dialog.getByRole('button', { name: 'Old', exact: true }).click();
  await dialog.getByRole('button', { name: 'Move here' }).click();
  await says('first.png is now in Old.');
  await comesTo(t, shown, ['Old', 'b.png', 'c.png']);

  await act(page, 'c.png', 'Delete');
  await says('c.png is in the trash.');
  await press(page, 'Undo');
  await says('c.png is back.');
  await comesTo(t, shown, ['Old', 'b.png', 'c.png']);

  await act(page, 'Old/', 'Rename');
  await dialog.getByLabel('New name').fill('New');
  await page.keyboard.press('Enter');
  await says('Old is now New.');
  await comesTo(t, shown, ['New', 'b.png', 'c.png']);

  await act(page, 'New/', 'Share');
  await dialog.getByRole('button', { name: 'Share' }).click();
  await says('New is in New now. Invite people to it.');
  await act(page, 'b.png', 'Move');
  await dialog.getByLabel('Place').selectOption('New');
  await dialog.getByRole('button', { name: 'Move here' }).click();
  await says('b.png is now in New.');
  await comesTo(t, shown, ['New', 'c.png']);

  await act(page, 'c.png', 'Versions');
  await dialog.getByRole('listitem').getByText('present', { exact: true }).waitFor();
  t.strictSame(complaints, []);
});
