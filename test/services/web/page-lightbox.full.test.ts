import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { axeViolations } from '../../support/page-look.ts';
import { act, fileLink } from './acts.ts';
import { atLeast, comesTo, PIXEL, roundTrip, until, WAV, waitUntil } from './browser.ts';
import { namesOf, openFiles } from './open-page.ts';
import { ALICE } from './stand-in.ts';

const browser = await launchShell(t);

const NAMES = ['a.png', 'b.png', 'c.png'];
const box = (page: Page) => page.locator('#lightbox[open]');
const openFile = (page: Page, name: string) => fileLink(page, name).click();
const shows = (page: Page, name: string) =>
  waitUntil(page, `document.querySelector('#lightbox[open] img:not(.early)')?.alt === '${name}'`);
const focused = (page: Page) =>
  page.evaluate<string>(`document.activeElement.closest('li')?.dataset.name ?? document.activeElement.id`);

t.test('opens in place, at an address of its own; arrows, Escape and back', async (t) => {
  const { page, origins, requests, red } = await openFiles(t, browser, NAMES);
  await openFile(page, 'b.png');
  await shows(page, 'b.png');
  await comesTo(t, () => page.evaluate('location.href'), `${origins.app}/#/b.png`);
  await comesTo(t, () => page.textContent('#lightbox-position'), `2 of 3 · ${PIXEL.length} B`);
  t.strictSame(await axeViolations(page), []);
  // The neighbours are loaded in advance.
  for (const name of ['a', 'c']) {
    await until(() => requests(`GET files/users/${ALICE.id}/${name}.png?v=`).length, atLeast(1));
  }
  await page.keyboard.press('ArrowRight');
  await shows(page, 'c.png');
  await comesTo(
    t,
    () => page.getByRole('button', { name: 'Next', exact: true }).isDisabled(),
    true,
    'the last one',
  );
  await page.keyboard.press('ArrowRight');
  t.equal(await page.evaluate('location.href'), `${origins.app}/#/c.png`);
  await page.getByRole('button', { name: 'Previous', exact: true }).click();
  await shows(page, 'b.png');
  await page.getByRole('button', { name: 'Previous', exact: true }).click();
  await shows(page, 'a.png');
  await comesTo(
    t,
    () => page.getByRole('button', { name: 'Previous', exact: true }).isDisabled(),
    true,
    'the first one',
  );
  await page.getByRole('button', { name: 'Next', exact: true }).click();
  await shows(page, 'b.png');
  await page.keyboard.press('ArrowLeft');
  await shows(page, 'a.png');
  await page.keyboard.press('Escape');
  await box(page).waitFor({ state: 'hidden' });
  await waitUntil(page, `location.hash === ''`);
  await comesTo(t, () => focused(page), 'a.png', 'where the arrows have led');

  await openFile(page, 'c.png');
  await shows(page, 'c.png');
  await page.goBack();
  await box(page).waitFor({ state: 'hidden' });
  await page.goForward();
  await shows(page, 'c.png');
  // Back and forward at once: the browser tells that the dialog was closed when it is open again.
  await page.evaluate(`(async () => {
    for (const way of ['back', 'forward']) {
      const moved = new Promise((resolve) => addEventListener('hashchange', resolve, { once: true }));
      history[way]();
      await moved;
    }
  })()`);
  await roundTrip(page);
  t.equal(await page.evaluate('location.href'), `${origins.app}/#/c.png`);
  await shows(page, 'c.png');
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await box(page).waitFor({ state: 'hidden' });
  t.strictSame(red, [], 'the console is quiet where all is well');
});

t.test('its address opens it again, and one of nothing says so', async (t) => {
  const { page, origins } = await openFiles(t, browser, ['d/x y.png', 'a.png']);
  await page.goto(`${origins.app}/#/d/x%20y.png`);
  await page.reload();
  await shows(page, 'd/x y.png');
  await page.keyboard.press('Escape');
  await box(page).waitFor({ state: 'hidden' });
  await comesTo(t, () => page.evaluate('location.href'), `${origins.app}/#/d/`, 'its folder');
  await page.evaluate(`location.hash = '#/gone.png'`);
  await page.getByText('gone.png is no longer there.').waitFor();
  await comesTo(t, () => namesOf(page), ['d/', 'a.png']);
});

t.test('two clicks that close it, or Escape twice, lead one step back', async (t) => {
  const { page } = await openFiles(t, browser, ['d/a.png']);
  await page.getByRole('link', { name: 'Folder d' }).click();
  for (const [index, close] of [
    () => page.getByRole('button', { name: 'Close', exact: true }).dblclick(),
    () => Promise.all([page.keyboard.press('Escape'), page.keyboard.press('Escape')]),
  ].entries()) {
    await openFile(page, 'd/a.png');
    await shows(page, 'd/a.png');
    await close();
    await box(page).waitFor({ state: 'hidden' });
    await roundTrip(page);
    t.equal(await page.evaluate('location.hash'), '#/d/', `row ${index}`);
  }
});

t.test('shares, downloads and deletes; the next one takes its place', async (t) => {
  const { page, requests } = await openFiles(t, browser, NAMES);
  await openFile(page, 'b.png');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  t.equal((await download).suggestedFilename(), 'b.png');
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  await page.getByRole('heading', { name: 'Share b.png' }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('#share').waitFor({ state: 'hidden' });
  t.equal(await box(page).count(), 1, 'Escape closes the upper one');
  for (const name of ['b.png', 'c.png', 'a.png']) {
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText(`${name} is in the trash.`).waitFor();
  }
  await box(page).waitFor({ state: 'hidden' });
  await page.locator('#empty').waitFor();
  t.equal(requests('POST /api/files/delete').length, 3);
});

t.test('a file that is opened while it is deleted makes way for the one after it', async (t) => {
  const { page, state, requests } = await openFiles(t, browser, NAMES);
  const isOpened = Promise.withResolvers<undefined>();
  state.answers.set('POST /api/files/delete', () => isOpened.promise);
  await act(page, 'b.png', 'Delete');
  await until(() => requests('POST /api/files/delete').length, 1);
  await openFile(page, 'b.png');
  await shows(page, 'b.png');
  isOpened.resolve(undefined);
  await page.getByText('b.png is in the trash.').waitFor();
  await comesTo(t, () => page.evaluate('location.hash'), '#/c.png');
  await shows(page, 'c.png');
});

t.test('video, audio, text and PDF in place; what browsers do not show is a download', async (t) => {
  const { page, origins, store, complaints } = await openFiles(t, browser, ['a.png']);
  store('b.wav', 'audio/wav', WAV);
  store('c.mp4', 'video/mp4', Buffer.of());
  store('d.txt', 'text/plain', Buffer.from('words of a text'));
  store('e.pdf', 'application/pdf', Buffer.from('%PDF-1.4'));
  store('f.svg', 'image/svg+xml', Buffer.from('<svg/>'));
  await page.reload();
  await fileLink(page, 'f.svg').waitFor();
  t.equal(await page.locator('#gallery [data-name="f.svg"] a[download]').count(), 1);
  await openFile(page, 'b.wav');
  await waitUntil(page, `document.querySelector('#lightbox audio[controls]')?.duration > 0`);
  await page.keyboard.press('ArrowRight');
  await page.locator('#lightbox video[controls]').waitFor();
  await page.keyboard.press('Escape');
  await box(page).waitFor({ state: 'hidden' });
  await comesTo(t, () => page.locator('#lightbox video').count(), 0, 'nothing plays behind the page');
  await openFile(page, 'd.txt');
  await box(page).locator('.paper').getByText('words of a text').waitFor();
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await box(page).waitFor({ state: 'hidden' });
  const addressOfPdf = `${origins.files}/users/${ALICE.id}/e.pdf?v=`;
  const setViewer = (isEnabled: boolean) =>
    page.evaluate(
      `Object.defineProperty(navigator, 'pdfViewerEnabled', { value: ${isEnabled}, configurable: true })`,
    );
  await setViewer(false);
  await openFile(page, 'e.pdf');
  const link = box(page).getByRole('link', { name: 'Open' });
  t.match(await link.getAttribute('href'), addressOfPdf);
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await box(page).waitFor({ state: 'hidden' });
  await setViewer(true);
  await openFile(page, 'e.pdf');
  const viewer = box(page).locator('iframe[src]');
  t.match(await viewer.getAttribute('src'), addressOfPdf);
  t.equal(await viewer.getAttribute('sandbox'), null, 'a viewer works in no sandbox');
  t.strictSame(complaints, []);
});
