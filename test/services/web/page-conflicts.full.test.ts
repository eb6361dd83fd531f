import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { axeViolations } from '../../support/page-look.ts';
import { act, cards, choose, focused, namesOf } from './acts.ts';
import { comesTo, PIXEL, waitForPixel } from './browser.ts';
import { openPictures } from './open-page.ts';

const browser = await launchShell(t);

/** Another picture of one pixel. A browser ignores the bytes after its end. */
const picture = (name: string) => ({
  name,
  mimeType: 'image/png',
  buffer: Buffer.concat([PIXEL, Buffer.from(name)]),
});
const add = (page: Page, ...names: string[]) => choose(page, ...names.map(picture));
const dialog = (page: Page) => page.getByRole('dialog');
const press = (page: Page, words: string) =>
  dialog(page).getByRole('button', { name: words, exact: true }).click();
const srcOf = (page: Page, name: string) =>
  cards(page).getByRole('img', { name, exact: true }).getAttribute('src');

t.test('a name that is taken: both files are described, and nothing is overwritten', async (t) => {
  const { page, requests, complaints } = await openPictures(t, browser, ['cat.png']);
  const before = await srcOf(page, 'cat.png');
  await add(page, 'cat.png');
  await page.getByRole('heading', { name: 'A file with this name is there already' }).waitFor();
  const day = await page.evaluate<string>(
    `new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date('2026-11-25T12:00:00Z'))`,
  );
  const words = `cat.png${PIXEL.length + 'cat.png'.length} B, there ${PIXEL.length} B from ${day}`;
  t.strictSame(await dialog(page).getByRole('listitem').allTextContents(), [words]);
  t.equal(await focused(page), 'Keep both', 'the safe one');
  t.strictSame(await axeViolations(page), []);
  await press(page, 'Skip');
  await page.getByText('cat.png is left as it was.').waitFor();
  t.equal(await srcOf(page, 'cat.png'), before);
  t.strictSame(await namesOf(page), ['cat.png']);
  t.equal(requests('POST /api/uploads').length, 0, 'no byte is sent for a name that the page knows');
  t.strictSame(complaints, []);
});

t.test('Replace takes its place, Keep both stands beside it', async (t) => {
  const { page } = await openPictures(t, browser, ['cat.png']);
  const before = await srcOf(page, 'cat.png');
  await add(page, 'cat.png');
  await press(page, 'Replace');
  await page.getByText('cat.png is uploaded.').waitFor();
  await comesTo(t, async () => (await srcOf(page, 'cat.png')) === before, false, 'another version');
  t.strictSame(await namesOf(page), ['cat.png']);
  for (const name of ['cat (2).png', 'cat (3).png']) {
    await add(page, 'cat.png');
    await press(page, 'Keep both');
    await page.getByText(`${name} is uploaded.`).waitFor();
    await waitForPixel(page, name);
  }
  await comesTo(t, () => namesOf(page), ['cat (3).png', 'cat (2).png', 'cat.png']);
});

t.test('a name that was taken after the list was read is asked about, too', async (t) => {
  const { page, store, requests } = await openPictures(t, browser, []);
  store('cat.png', 'image/png', PIXEL);
  await add(page, 'cat.png');
  await dialog(page).waitFor();
  t.strictSame(
    requests('POST /api/uploads').map(({ body }) => Object(body).replace),
    [false],
  );
  await press(page, 'Keep both');
  await page.getByText('cat (2).png is uploaded.').waitFor();
});

t.test('many at once: one question for all of them', async (t) => {
  const { page } = await openPictures(t, browser, ['1.png', '2.png']);
  const before = await srcOf(page, '1.png');
  await add(page, '1.png', '2.png', '3.png');
  await page.getByRole('heading', { name: '2 files with these names are there already' }).waitFor();
  // Uploads without a question go on meanwhile.
  await waitForPixel(page, '3.png');
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'hidden' });
  t.equal(await srcOf(page, '1.png'), before, 'Escape replaces nothing');
  await add(page, '1.png', '2.png');
  await press(page, 'Replace all');
  await page.getByText('2 files are uploaded.').waitFor();
  await comesTo(t, async () => (await namesOf(page)).toSorted(), ['1.png', '2.png', '3.png']);
  await comesTo(t, async () => (await srcOf(page, '1.png')) === before, false);
});

t.test('a question that a sign-out has closed is asked again after the next sign-in', async (t) => {
  const { page, state, origins } = await openPictures(t, browser, ['cat.png']);
  await add(page, 'cat.png');
  await dialog(page).waitFor();
  state.user = undefined;
  await page.evaluate(`dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })), undefined`);
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  t.equal(await dialog(page).count(), 0);
  const other = await page.context().newPage();
  await other.goto(`${origins.app}/auth/login`);
  await press(page, 'Keep both');
  await page.getByText('cat (2).png is uploaded.').waitFor();
});

t.test('100 files at once, all of them there', async (t) => {
  const { page, requests, stored } = await openPictures(t, browser, ['7.png']);
  const names = Array.from({ length: 100 }, (_, index) => `${index + 1}.png`);
  await add(page, ...names);
  await press(page, 'Keep both');
  await page.getByText('100 files are uploaded.').waitFor({ timeout: 180_000 });
  const there = [...stored.keys()].filter((name) => !name.startsWith('.'));
  t.strictSame(there.toSorted(), [...names, '7 (2).png'].toSorted());
  await page.getByText('101 files', { exact: true }).waitFor();
  const sent = requests('PUT files/bucket').filter(({ headers }) => headers['content-type'] === 'image/png');
  t.equal(sent.length, 100, 'each once');
});

t.test('a replacement of another type keeps its own extension, and the old file goes', async (t) => {
  const { page, requests } = await openPictures(t, browser, ['cat.png', 'dog.webp']);
  const chooser = page.waitForEvent('filechooser');
  await act(page, 'cat.png', 'Replace…');
  await (await chooser).setFiles({ name: 'new.webp', mimeType: 'image/webp', buffer: PIXEL });
  await page.getByText('cat.webp is uploaded.').waitFor();
  await comesTo(t, () => namesOf(page), ['cat.webp', 'dog.webp'], 'no .png full of WebP');
  t.match(requests('POST /api/uploads')[0]?.body, { name: 'cat.webp', type: 'image/webp', replace: false });
});
