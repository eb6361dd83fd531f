import type { CDPSession, Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { drawPng } from '../../support/drawn-picture.ts';
import { axeViolations } from '../../support/page-look.ts';
import { fileLink, focused, namesOf, press } from './acts.ts';
import { atLeast, comesTo, PIXEL, roundTrip, until, WAV, waitUntil } from './browser.ts';
import { openFiles } from './open-page.ts';
import { ALICE } from './stand-in.ts';

const browser = await launchShell(t);

const NAMES = ['a.png', 'b.png', 'c.png'];
const PHONE = { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } };
const box = (page: Page) => page.getByRole('dialog');
const openFile = (page: Page, name: string) => fileLink(page, name).click();
const picture = (page: Page) => box(page).getByRole('img');
const shows = (page: Page, name: string) => box(page).getByRole('img', { name, exact: true }).waitFor();
/** Waits until the picture, which is 480 pixels wide, has loaded. */
const hasLoaded = (page: Page, name: string) =>
  waitUntil(page, `document.querySelector('dialog img[alt="${name}"]')?.naturalWidth === 480`);
/** The width of the shown picture on the screen, and its distance from the left edge, in whole pixels. */
const width = async (page: Page) => Math.round((await picture(page).boundingBox())?.width ?? 0);
const left = async (page: Page) => Math.round((await picture(page).boundingBox())?.x ?? 0);

/** Fingers on the screen. Each call gives the places of all of them; without a place, all are lifted. */
function fingers(touch: CDPSession) {
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', places: [number, number][]) =>
    touch.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: places.map(([x, y], id) => ({ id, x, y })),
    });
  return {
    down: (...places: [number, number][]) => send('touchStart', places),
    move: (...places: [number, number][]) => send('touchMove', places),
    up: () => send('touchEnd', []),
  };
}

/** A phone that shows a picture of 480 by 320. */
async function openOnPhone(t: Parameters<typeof openFiles>[0]) {
  const opened = await openFiles(t, browser, NAMES, PHONE);
  const picture = await drawPng(opened.page, 200);
  for (const name of NAMES) opened.store(name, 'image/png', picture);
  await opened.page.reload();
  await fileLink(opened.page, 'a.png').tap();
  await hasLoaded(opened.page, 'a.png');
  return { ...opened, ...fingers(await opened.page.context().newCDPSession(opened.page)) };
}

t.test('Markdown, CSV and JSON: text and safe elements, and nothing is loaded for them', async (t) => {
  const { page, store, complaints } = await openFiles(t, browser, ['a.png']);
  const markdown =
    '# Title\n\n![picture](https://example.com/track.png) <img src=x onerror=alert(1)>\n\n<script>alert(1)</script>';
  store('n.md', '', Buffer.from(markdown));
  store('t.csv', 'text/csv', Buffer.from('name;note\r\n<b>;2\r\n'));
  store('d.json', 'application/json', Buffer.from('{"a":[1]}'));
  await page.reload();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await openFile(page, 'n.md');
  await box(page).getByRole('heading', { name: 'Title' }).waitFor();
  await box(page).getByText('<script>alert(1)</script>').waitFor();
  t.strictSame(await axeViolations(page), []);
  await page.keyboard.press('Escape');
  await openFile(page, 't.csv');
  await comesTo(t, () => box(page).getByRole('columnheader').allTextContents(), ['name', 'note']);
  t.strictSame(await box(page).getByRole('cell').allTextContents(), ['<b>', '2']);
  await page.keyboard.press('Escape');
  await openFile(page, 'd.json');
  await box(page).getByText('{\n  "a": [\n    1\n  ]\n}').waitFor();
  t.strictSame(
    asked.filter((url) => url.includes('example.com')),
    [],
  );
  t.strictSame(complaints, []);
});

t.test('a picture is zoomed by wheel and double click, moved, and small again in the next one', async (t) => {
  const { page, store } = await openFiles(t, browser, NAMES);
  const bytes = await drawPng(page, 100);
  for (const name of NAMES) store(name, 'image/png', bytes);
  await page.reload();
  await openFile(page, 'a.png');
  await hasLoaded(page, 'a.png');
  const before = await width(page);
  await page.mouse.move(640, 360);
  await page.mouse.wheel(0, -500);
  await comesTo(t, async () => (await width(page)) > 2 * before, true);
  await page.mouse.wheel(0, 5_000);
  await comesTo(t, () => width(page), before, 'never smaller than the screen');
  await page.mouse.dblclick(640, 360);
  await comesTo(t, async () => (await width(page)) > 2 * before, true);
  await page.keyboard.press('ArrowRight');
  await hasLoaded(page, 'b.png');
  await comesTo(t, () => width(page), before);
});

t.test('two fingers zoom the picture and not the page; close stays on the screen', async (t) => {
  const { page, down, move, up } = await openOnPhone(t);
  const small = await width(page);
  await down([180, 400], [210, 400]);
  await move([120, 400], [270, 400]);
  await move([60, 400], [330, 400]);
  await comesTo(t, async () => (await width(page)) > 3 * small, true);
  await up();
  t.equal(await page.evaluate('visualViewport.scale'), 1, 'the page is as large as before');
  const close = await page.getByRole('button', { name: 'Close', exact: true }).boundingBox();
  t.ok(close && close.x >= 0 && close.x + close.width <= 390 && close.y >= 0, 'close is there');
  const before = await left(page);
  await down([200, 400]);
  await move([150, 400]);
  await move([100, 400]);
  await up();
  await comesTo(t, async () => (await left(page)) === before, false, 'one finger moves it');
  t.equal(await page.evaluate('location.hash'), '#/a.png', 'and leads to no other');
  // A tap counts, even at once after a swipe.
  await down([200, 400]);
  await move([150, 400]);
  await move([100, 400]);
  await up();
  await page.getByRole('button', { name: 'Close', exact: true }).tap();
  await box(page).waitFor({ state: 'hidden' });
});

t.test('a finger swipes to the next one, and down to close; the picture follows it', async (t) => {
  const { page, down, move, up } = await openOnPhone(t);
  const swipe = async (...places: [number, number][]) => {
    const [first, ...others] = places;
    if (first) await down(first);
    for (const place of others) await move(place);
    await up();
  };
  const rest = await left(page);
  await down([300, 400]);
  await move([250, 400]);
  await move([200, 402]);
  await comesTo(t, () => left(page), rest - 100, 'before it is lifted');
  await move([100, 402]);
  await up();
  await hasLoaded(page, 'b.png');
  await comesTo(t, () => left(page), rest);
  await swipe([100, 400], [200, 400], [300, 400]);
  await shows(page, 'a.png');
  await swipe([200, 400], [210, 410], [220, 420]);
  await roundTrip(page);
  t.equal(await box(page).count(), 1, 'a small move is none');
  await comesTo(t, () => left(page), rest, 'and the picture is back in its place');
  const size = await page.getByRole('button', { name: 'Close', exact: true }).boundingBox();
  t.ok(size && Math.min(size.width, size.height) >= 44, 'large enough for a finger');
  t.strictSame(await axeViolations(page), []);
  await swipe([200, 300], [205, 400], [210, 500]);
  await box(page).waitFor({ state: 'hidden' });
});

t.test('a viewer that does not load: the page says so, and loads again if the person wants it', async (t) => {
  const { page } = await openFiles(t, browser, NAMES);
  let isGone = true;
  await page.route(/\.js$/, (route) => (isGone ? route.abort() : route.continue()));
  await openFile(page, 'b.png');
  await page.getByRole('heading', { name: 'The viewer could not be loaded' }).waitFor();
  isGone = false;
  await press(page, 'Load the page again');
  await box(page).getByRole('img', { name: 'b.png' }).last().waitFor();
});
t.test('opens in place, at an address of its own; arrows, Escape and back', async (t) => {
  const { page, origins, requests, red } = await openFiles(t, browser, NAMES);
  const [next, previous] = ['Next', 'Previous'].map((name) =>
    page.getByRole('button', { name, exact: true }),
  );
  await openFile(page, 'b.png');
  await shows(page, 'b.png');
  await comesTo(t, () => page.evaluate('location.href'), `${origins.app}/#/b.png`);
  await box(page).getByText(`2 of 3 · ${PIXEL.length} B`).waitFor();
  t.strictSame(await axeViolations(page), []);
  // The neighbours are loaded in advance.
  for (const name of ['a', 'c']) {
    await until(() => requests(`GET files/users/${ALICE.id}/${name}.png?v=`).length, atLeast(1));
  }
  await page.keyboard.press('ArrowRight');
  await shows(page, 'c.png');
  t.equal(await next?.isDisabled(), true, 'the last one');
  await previous?.click();
  await page.keyboard.press('ArrowLeft');
  await shows(page, 'a.png');
  t.equal(await previous?.isDisabled(), true, 'the first one');
  await page.keyboard.press('Escape');
  await box(page).waitFor({ state: 'hidden' });
  await waitUntil(page, `location.hash === ''`);
  await comesTo(t, () => focused(page), 'a.png', 'where the arrows led');

  await openFile(page, 'c.png');
  await shows(page, 'c.png');
  await page.goBack();
  await box(page).waitFor({ state: 'hidden' });
  await page.goForward();
  await shows(page, 'c.png');
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
  await comesTo(t, () => namesOf(page), ['d', 'a.png']);
});

t.test('shares, downloads and deletes; the next one takes its place', async (t) => {
  const { page, requests } = await openFiles(t, browser, NAMES);
  await openFile(page, 'b.png');
  const download = page.waitForEvent('download');
  await press(page, 'Download');
  t.equal((await download).suggestedFilename(), 'b.png');
  await press(page, 'Share');
  await page.getByRole('heading', { name: 'Share b.png' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'Share b.png' }).waitFor({ state: 'hidden' });
  t.equal(await box(page).count(), 1, 'Escape closes the upper one');
  for (const name of ['b.png', 'c.png', 'a.png']) {
    await press(page, 'Delete');
    await page.getByText(`${name} is in the trash.`).waitFor();
  }
  await box(page).waitFor({ state: 'hidden' });
  await page.getByText('Nothing here yet').waitFor();
  t.equal(requests('POST /api/files/delete').length, 3);
});

t.test('video, audio, text and PDF in place; what browsers do not show is a download', async (t) => {
  const { page, origins, store, complaints } = await openFiles(t, browser, ['a.png']);
  store('b.wav', 'audio/wav', WAV);
  store('c.mp4', 'video/mp4', Buffer.of());
  store('d.txt', 'text/plain', Buffer.from('words of a text'));
  store('e.pdf', 'application/pdf', Buffer.from('%PDF-1.4'));
  store('f.svg', 'image/svg+xml', Buffer.from('<svg/>'));
  await page.reload();
  await openFile(page, 'b.wav');
  await waitUntil(page, `document.querySelector('dialog audio')?.duration > 0`);
  await page.keyboard.press('ArrowRight');
  await box(page).locator('video').waitFor();
  await page.keyboard.press('Escape');
  await box(page).waitFor({ state: 'hidden' });
  await comesTo(t, () => page.locator('dialog video').count(), 0, 'nothing plays behind the page');
  await openFile(page, 'd.txt');
  await box(page).getByText('words of a text').waitFor();
  await press(page, 'Close');
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
  await press(page, 'Close');
  await box(page).waitFor({ state: 'hidden' });
  await setViewer(true);
  await openFile(page, 'e.pdf');
  const src = () => box(page).locator('iframe').getAttribute('src');
  await comesTo(t, async () => (await src())?.startsWith(addressOfPdf), true);
  t.strictSame(complaints, []);
});
