import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { drawPng } from '../../support/drawn-picture.ts';
import { axeViolations } from '../../support/page-look.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { act, cards, choose, fileLink, focused, namesOf, path, press, signOut } from './acts.ts';
import { atLeast, comesTo, PIXEL, roundTrip, until, waitForPixel, waitUntil } from './browser.ts';
import { openFiles, openStandIn } from './open-page.ts';
import { ALICE } from './stand-in.ts';

const browser = await launchShell(t);

const selected = (page: Page) =>
  cards(page)
    .filter({ has: page.getByRole('checkbox', { checked: true }) })
    .getByRole('link')
    .allInnerTexts();

t.test('folders have an address and a way back; what is added goes into the one that is shown', async (t) => {
  const { page, origins, requests, red } = await openFiles(t, browser, ['a/b/x.png', 'a/y.png', 'z.png']);
  await page.getByRole('link', { name: 'Folder a' }).click();
  await page.getByRole('link', { name: 'Folder b' }).click();
  await fileLink(page, 'a/b/x.png').waitFor();
  await comesTo(t, () => page.evaluate('location.href'), `${origins.app}/#/a/b/`);
  await comesTo(t, () => path(page), ['My files', 'a', 'b']);
  await choose(page, { name: 'n.png', mimeType: 'image/png', buffer: PIXEL });
  await fileLink(page, 'a/b/n.png').waitFor();
  t.match(requests('POST /api/uploads')[0]?.body, { name: 'a/b/n.png' });
  await page.goBack();
  await fileLink(page, 'a/y.png').waitFor();
  await comesTo(t, () => namesOf(page), ['b', 'y.png']);
  await page.getByRole('link', { name: 'My files', exact: true }).click();
  await fileLink(page, 'z.png').waitFor();
  await page.goto(`${origins.app}/#/a/b/`);
  await page.reload();
  await fileLink(page, 'a/b/x.png').waitFor();
  t.strictSame(await axeViolations(page), []);
  t.strictSame(red, [], 'the console is quiet where all is well');
});

t.test('of 10,000 files each is reached by keys and by scrolling', async (t) => {
  const names = Array.from({ length: 10_000 }, (_, index) => `${index}.txt`);
  const { page } = await openFiles(t, browser, names);
  await page.getByText('10,000 files', { exact: true }).waitFor();
  t.equal((await namesOf(page))[0], '0.txt');
  await cards(page).getByRole('link').first().focus();
  for (const [key, name] of [
    ['End', '9999.txt'],
    ['ArrowLeft', '9998.txt'],
    ['Home', '0.txt'],
    ['ArrowRight', '1.txt'],
  ] as const) {
    await page.keyboard.press(key);
    await comesTo(t, () => focused(page), name);
    const isSeen = `(({ top, bottom }) => top >= 0 && bottom <= innerHeight)(document.activeElement.getBoundingClientRect())`;
    await comesTo(t, () => page.evaluate(isSeen), true, `${name} is on the screen`);
  }
  await page.evaluate('scrollTo(0, document.documentElement.scrollHeight / 2)');
  await fileLink(page, '5000.txt').waitFor();
  t.equal(await focused(page), '1.txt', 'what has the focus stays');
});

t.test('selects by mouse, with Shift, and by keyboard', async (t) => {
  const names = Array.from({ length: 8 }, (_, index) => `${index}.png`);
  const { page, origins } = await openFiles(t, browser, names);
  const box = (name: string) => page.getByRole('checkbox', { name: `Select ${name}` });
  const link = (name: string) => fileLink(page, name);
  await box('1.png').check();
  await page.getByText(`1 selected · ${1 * PIXEL.length} B`, { exact: true }).waitFor();
  await box('3.png').click({ modifiers: ['Shift'] });
  await comesTo(t, () => selected(page), ['1.png', '2.png', '3.png']);
  await link('2.png').click();
  await comesTo(
    t,
    () => selected(page),
    ['1.png', '3.png'],
    'a click selects as long as something is selected',
  );
  t.equal(page.url(), `${origins.app}/`, 'and opens nothing');
  t.strictSame(await axeViolations(page), []);
  await press(page, 'Clear');
  await page.getByRole('group', { name: 'Selection', exact: true }).waitFor({ state: 'hidden' });

  await link('0.png').focus();
  await page.keyboard.press('Alt+ArrowRight');
  t.equal(await focused(page), '0.png', 'the keys of the browser stay its own');
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await comesTo(t, () => selected(page), ['0.png', '1.png', '2.png']);
  await page.keyboard.press('Control+a');
  await page.getByText(`8 selected · ${8 * PIXEL.length} B`, { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await comesTo(t, () => selected(page), []);
});

t.test('downloads one file as it is, and many as one archive, which lacks only what fails', async (t) => {
  const { page, store, stored, complaints } = await openFiles(t, browser, [
    'trip/a.png',
    'trip/b/c.png',
    'trip/d.png',
    'x.png',
  ]);
  // On Windows, this name would lead to another place.
  store('trip/C:/写真.png', 'image/png', PIXEL, '1979-01-01T00:00:00.000Z');
  store('trip/gone.txt', 'text/plain', Buffer.from('x'));
  // Large enough to be written in many parts, the last of which is shorter.
  store('trip/film.bin', 'application/octet-stream', randomBytes(40_000_001));
  await page.reload();
  const download = async () => {
    const saving = page.waitForEvent('download');
    await press(page, 'Download');
    return saving;
  };
  await page.getByRole('checkbox', { name: 'Select x.png' }).check();
  t.equal((await download()).suggestedFilename(), 'x.png');
  await page.getByText('x.png is downloaded.').waitFor();
  await press(page, 'Clear');
  await page.getByRole('searchbox', { name: 'Search by name', exact: true }).fill('trip');
  await page.getByRole('checkbox', { name: 'Select trip/a.png' }).check();
  await press(page, 'Select all');
  stored.delete('trip/gone.txt');
  const archive = await download();
  t.equal(archive.suggestedFilename(), 'trip.zip');
  await page.getByText('5 files are downloaded as trip.zip; 1 failed: trip/gone.txt.').waitFor();
  const file = join(temporaryDirectory(t), 'trip.zip');
  await archive.saveAs(file);
  const unzip = (how: string) => execFileSync('/usr/bin/unzip', [how, file], { encoding: 'utf8' });
  t.match(unzip('-t'), 'No errors detected');
  const names = ['C_/写真.png', 'a.png', 'b/c.png', 'd.png', 'film.bin'];
  t.strictSame(unzip('-Z1').trim().split('\n').toSorted(), names);
  t.match(unzip('-l'), /^ *40000001 .* film\.bin$/m);
  t.strictSame(complaints, []);
});

/** The number of files that the page keeps on the disk of this browser. */
const onDisk = (page: Page) =>
  page.evaluate<number>(`(async () => {
    const count = async (folder) => {
      let files = 0;
      for await (const each of folder.values()) files += each.kind === 'file' ? 1 : await count(each);
      return files;
    };
    return count(await navigator.storage.getDirectory());
  })()`);

async function save(page: Page, name: string): Promise<void> {
  const downloaded = page.waitForEvent('download');
  await act(page, name, 'Download');
  t.equal((await downloaded).suggestedFilename(), name);
}

t.test('nothing of a download stays on the disk after a sign-out', async (t) => {
  const { page, origins } = await openFiles(t, browser, ['a.png']);
  await save(page, 'a.png');
  t.equal(await onDisk(page), 1, 'the browser copies it from there');
  await signOut(page);
  await page.waitForURL('**/goodbye');
  await page.goto(origins.app);
  await comesTo(t, () => onDisk(page), 0);
});

t.test('a card shows the thumbnail, and leads to the file', async (t) => {
  const { page, origins, store, requests, complaints } = await openStandIn(t, browser);
  store('a.png', 'image/png', Buffer.alloc(1_000_000));
  store('.thumbnails/a.png', 'image/webp', PIXEL);
  store('b.mp4', 'video/mp4', Buffer.alloc(1_000_000));
  store('.thumbnails/b.mp4', 'image/webp', PIXEL);
  await page.goto(`${origins.app}/auth/login`);
  await waitForPixel(page, 'a.png');
  await waitForPixel(page, 'b.mp4');
  t.match(await fileLink(page, 'a.png').getAttribute('href'), /\/a\.png\?v=/);
  await roundTrip(page);
  const originals = ['a.png', 'b.mp4'].flatMap((name) => requests(`GET files/users/${ALICE.id}/${name}`));
  t.strictSame(originals, [], 'nothing of the originals');
  t.strictSame(complaints, []);
});

t.test('a page makes the thumbnails that are missing, for the next visit', async (t) => {
  const { page, origins, store, stored, requests, complaints } = await openStandIn(t, browser);
  const picture = await drawPng(page, 200);
  const names = ['0.png', '1.png', '2.png'];
  for (const name of names) store(name, 'image/png', picture);
  store('broken.png', 'image/png', Buffer.from('no picture'));
  await page.goto(`${origins.app}/auth/login`);
  await until(() => stored.size, atLeast(7));
  const made = [...stored.keys()].filter((name) => name.startsWith('.')).toSorted();
  t.strictSame(
    made,
    names.map((name) => `.thumbnails/${name}`),
  );
  const before = requests('GET files/').length;
  await page.reload();
  for (const name of names)
    await waitUntil(page, `document.querySelector('img[alt="${name}"]')?.naturalWidth > 0`);
  await roundTrip(page);
  const again = requests('GET files/')
    .slice(before)
    .map(({ line }) => line);
  t.ok(
    again.every((line) => /\.thumbnails|broken/.test(line)),
    again.join('\n'),
  );
  t.strictSame(complaints, []);
});
