import t from 'tap';
import { openShared } from '../services/web/acts.ts';
import { comesTo, until, waitUntil } from '../services/web/browser.ts';
import { launchShell } from '../support/chromium.ts';
import { drawPng } from '../support/drawn-picture.ts';
import { startTestStack } from '../support/test-stack.ts';
import { pictureOf, signInOnPage, uploadOnPage } from './support/places.ts';
import { statusOfPage } from './support/shares.ts';
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
  await page.setInputFiles('#file-input', { name: 'plan.png', mimeType: 'image/png', buffer });
  await page.click('#to-files');
  await comesTo(t, () => page.locator('#path').textContent(), 'My files');
  await page.locator('#uploads').getByText('Office').waitFor();
  isOpen.resolve();
  await page.getByText('plan.png is uploaded.').waitFor();
  t.equal(await page.locator('#gallery li').count(), 0, 'not here');
  await page.goBack();
  await waitUntil(page, isShown('plan.png'));
  await page.reload();
  await waitUntil(page, isShown('plan.png'));
  t.strictSame(complaints, []);
});

t.test('links, archives and thumbnails are of the team', async (t) => {
  const { page, complaints } = await openProfile(t, browser);
  await signInOnPage(page, stack.appOrigin, 'fred');
  await makeTeam(page, 'Films');
  for (const name of ['a.png', 'b.png']) await uploadOnPage(page, name, await drawPng(page, 100));
  t.match(
    await page.evaluate(`${pictureOf('a.png')}.src`),
    /\/teams\/[a-z2-7]{26}\/\.thumbnails\/a\.png\?v=/,
  );
  await page.getByRole('button', { name: 'Share a.png' }).click();
  await page.click('#share-create');
  await page.locator('#share-url').waitFor();
  const url = await page.inputValue('#share-url');
  t.match(url, '#share=team.');
  t.equal(await statusOfPage(url), 200);
  await page.click('#share-close');
  await page.locator('[data-name="a.png"] .name').focus();
  await page.keyboard.press('Control+a');
  const saving = page.waitForEvent('download');
  await page.click('#download-selected');
  t.equal((await saving).suggestedFilename(), 'files.zip');
  await page.getByText('2 files are downloaded as files.zip.').waitFor();

  await page.evaluate(`location.hash = ''`);
  await page.locator('#empty').waitFor();
  await openShared(page);
  await page.locator('#shares li').getByText('Films').waitFor();
  await page.getByRole('button', { name: 'Revoke the link to a.png' }).click();
  await page.getByText('opens nothing any more').waitFor();
  t.equal(await statusOfPage(url), 410);
  t.strictSame(complaints, []);
});

t.test('a large upload goes on after a reload in the team where it began, and not elsewhere', async (t) => {
  const { page, requests } = await openProfile(t, browser);
  await signInOnPage(page, stack.appOrigin, 'gina');
  await makeTeam(page, 'Archive');
  const choose = () =>
    page.evaluate(`(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([new Uint8Array(17_000_000)], 'long.bin', { lastModified: 1 }));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    })()`);
  const puts = () => requests.filter((line) => line.startsWith(`PUT ${stack.s3Origin}/`));
  // The first part gets through. The connection of the second one hangs.
  await page.route(`${stack.s3Origin}/**`, (route) => (puts().length > 1 ? undefined : route.continue()));
  await choose();
  await until(() => puts().length, 2);
  // The page goes before the route: a route taken away lets go of the part that it holds.
  await page.goto(`${stack.appOrigin}/`);
  await page.unrouteAll();
  await page.locator('#empty').waitFor();
  requests.length = 0;
  await choose();
  await page.locator('#gallery [data-name="long.bin"]').waitFor();
  const parts = puts().length;
  t.ok(parts > 1, 'all parts, for the own files');
  await page.evaluate(`document.querySelector('#switch-list a').click()`);
  await page.locator('#team').waitFor();
  await page.locator('#empty').waitFor();
  requests.length = 0;
  await choose();
  await page.locator('#gallery [data-name="long.bin"]').waitFor();
  t.equal(puts().length, parts - 1, 'the missing parts, for those of the team');
});

t.test('a team is renamed, left and deleted, and every page follows', async (t) => {
  const dora = await openProfile(t, browser);
  const emil = await openProfile(t, browser);
  await signInOnPage(dora.page, stack.appOrigin, 'dora');
  await signInOnPage(emil.page, stack.appOrigin, 'emil');
  await makeTeam(dora.page, 'Choir');
  const url = await invite(dora.page, 'editor');
  await emil.page.goto(url);
  await emil.page.click('#join-action');
  await emil.page.getByText('Welcome to Choir.').waitFor();
  await emil.page.goto('about:blank');
  await emil.page.goto(url);
  await emil.page.click('#join-action');
  await emil.page.getByText('Welcome to Choir.').waitFor();

  await dora.page.click('#people-open');
  await dora.page.getByRole('combobox', { name: 'Role of emil' }).selectOption('viewer');
  await dora.page.getByText('emil now has the role “Viewer”.').waitFor();
  const buffer = await drawPng(dora.page, 100);
  await emil.page.setInputFiles('#file-input', { name: 'song.png', mimeType: 'image/png', buffer });
  await emil.page.getByText('Your role in this team does not allow this.').waitFor();
  await emil.page.locator('#new').waitFor({ state: 'hidden' });

  await dora.page.click('#people-leave');
  await dora.page.click('#confirm-action');
  await dora.page.getByText('A team needs a manager.').waitFor();
  await dora.page.click('#people-rename');
  await dora.page.fill('#team-name-field', 'Big choir');
  await dora.page.keyboard.press('Enter');
  await dora.page.getByRole('heading', { name: 'People of Big choir' }).waitFor();
  await comesTo(t, () => dora.page.title(), 'Big choir – Private files');
  await dora.page.click('#people-delete');
  await dora.page.click('#confirm-action');
  await dora.page.getByText('Big choir is deleted.').waitFor();
  await comesTo(t, () => dora.page.title(), 'Private files');
  t.equal(await dora.page.locator('#switch-list li').count(), 0);

  await emil.page.reload();
  await emil.page.getByText('You are not a member of this team.').waitFor();
  t.strictSame([...dora.complaints, ...emil.complaints], []);
});

t.test('links to the folder: an editor makes, changes and ends them', async (t) => {
  const hanna = await openProfile(t, browser);
  const ivan = await openProfile(t, browser);
  await signInOnPage(hanna.page, stack.appOrigin, 'hanna');
  await signInOnPage(ivan.page, stack.appOrigin, 'ivan');
  await makeTeam(hanna.page, 'Trip');
  await ivan.page.goto(await invite(hanna.page, 'editor'));
  await ivan.page.click('#join-action');
  await ivan.page.getByText('Welcome to Trip.').waitFor();

  await hanna.page.click('#links-open');
  await hanna.page.fill('#links-password', 'tell it by phone');
  await hanna.page.click('#links-create');
  await hanna.page.locator('#folder-link').waitFor();
  const url = await hanna.page.inputValue('#folder-url');
  t.ok(url.startsWith(`${stack.appOrigin}/#link=`));
  const secret = new URL(url).hash.slice('#link='.length);
  const open = async (password?: string) => {
    const answer = await fetch(`${stack.appOrigin}/auth/links/open`, {
      method: 'POST',
      headers: { origin: stack.appOrigin, 'content-type': 'application/json' },
      body: JSON.stringify({ secret, password }),
    });
    const { code, link } = Object(await answer.json());
    return code ?? [link.role, link.team.name];
  };
  t.equal(await open(), 'password_needed');
  t.strictSame(await open('tell it by phone'), ['viewer', 'Trip']);

  const { page } = ivan;
  await page.click('#links-open');
  await page
    .locator('#links-list')
    .getByText(/^by hanna · .* · with a password$/)
    .waitFor();
  await page.getByRole('button', { name: 'Change the link “see all files”' }).click();
  await page.fill('#link-change-password', 'another one');
  await page.keyboard.press('Enter');
  await page.getByText('The link has changed.').waitFor();
  t.equal(await open('tell it by phone'), 'wrong_password');
  t.strictSame(await open('another one'), ['viewer', 'Trip']);
  await page.getByRole('button', { name: 'End the link “see all files”' }).click();
  await page.getByText('The link has ended.').waitFor();
  t.equal(await open('another one'), 'link_over');

  await page.selectOption('#links-role', 'uploader');
  await page.fill('#links-name', 'Papers');
  await page.fill('#links-files', '3');
  await page.fill('#links-space', '0.5');
  await page.click('#links-create');
  await page.getByText(/^send files · by you · .* · 0 of 3 files, 0 B of 500 MB$/).waitFor();
  const lines = [...hanna.requests, ...ivan.requests, ...(await stack.settledLog())].join('\n');
  t.notMatch(lines, secret, 'the secret is in no address, and not in the log');
  t.strictSame([...hanna.complaints, ...ivan.complaints], []);
});
