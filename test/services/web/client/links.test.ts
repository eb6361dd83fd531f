import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { atLeast, comesTo, until, waitUntil } from '../browser.ts';
import { ALICE } from '../stand-in.ts';
import { openClient, settles } from './open.ts';

const browser = await launchShell(t);

const TEXT = 'what the file says';

/** A page with a link to a file. The cookies have expired. */
async function openAsleep(t: Test, attributes: Record<string, string>) {
  const { context, open, signIn, origins, state, store, requests } = await openClient(t, browser);
  store('a.txt', 'download' in attributes ? 'application/octet-stream' : 'text/plain', Buffer.from(TEXT));
  await context.clock.install();
  const page = await open();
  await page.evaluate(`
    const link = Object.assign(document.createElement('a'), ${JSON.stringify(attributes)});
    link.href = '${origins.files}/users/${ALICE.id}/a.txt';
    link.append(document.createElement('b'));
    link.firstChild.textContent = 'the file';
    document.body.append(link);
  `);
  state.cookieLifetimeMs = -1;
  await signIn();
  state.cookieLifetimeMs = 900_000;
  await context.clock.setSystemTime(Date.now() + 3_600_000);
  return { context, page, state, requests };
}

t.test('a download', async (t) => {
  const { page, state, requests } = await openAsleep(t, { download: '' });
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('b')]);
  t.equal(download.suggestedFilename(), 'a.txt');
  const lines = state.log.map(({ line }) => line);
  t.ok(lines.indexOf('POST /auth/refresh') < lines.indexOf(`GET files/users/${ALICE.id}/a.txt`));
  await Promise.all([page.waitForEvent('download'), page.click('b')]);
  t.equal(requests('POST /auth/refresh').length, 1, 'good ones are left alone');
});

t.test('a plain link leads to the file, in the same tab', async (t) => {
  const { context, page, requests } = await openAsleep(t, {});
  await page.click('b');
  await page.waitForURL('**/a.txt');
  t.equal(await page.textContent('body'), TEXT);
  t.equal(context.pages().length, 1);
  t.equal(requests('POST /auth/refresh').length, 1);
});

for (const [name, attributes, options] of [
  ['target=_blank', { target: '_blank', rel: 'noopener' }, {}],
  ['a middle click', {}, { button: 'middle' }],
  ['a click with Ctrl', {}, { modifiers: ['Control'] }],
  ['a click with Shift', {}, { modifiers: ['Shift'] }],
] satisfies [string, Record<string, string>, Parameters<Page['click']>[1]][]) {
  t.test(`${name} opens the file elsewhere, and leaves the page where it is`, async (t) => {
    const { page, state, requests } = await openAsleep(t, attributes);
    const address = page.url();
    const file = () => requests(`GET files/users/${ALICE.id}/a.txt`);
    await page.click('b', options);
    // Playwright does not always tell of a tab that goes to another origin at once. The files host sees each navigation.
    await until(() => file().length, atLeast(1));
    const lines = state.log.map(({ line }) => line).filter((line) => /refresh|a\.txt/.test(line));
    t.strictSame(lines, ['POST /auth/refresh', `GET files/users/${ALICE.id}/a.txt`]);
    const { headers } = file()[0] ?? {};
    t.match(headers, { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' });
    t.ok(Number(/CloudFront-Policy=(\d+)/.exec(headers?.cookie ?? '')?.[1]) > Date.now(), 'by fresh cookies');
    // A navigation here would have ended this script.
    t.equal(await page.evaluate("fetch('/client').then(({ ok }) => ok)"), true);
    t.equal(page.url(), address);
  });
}

t.test('a link opens all the same if the app host does not answer, or the session ends', async (t) => {
  const { page, state, requests } = await openAsleep(t, { target: '_blank', rel: 'noopener' });
  const file = () => requests(`GET files/users/${ALICE.id}/a.txt`).length;
  state.faults.set('POST /auth/refresh', [[503, 'store_unavailable']]);
  await page.click('b');
  await until(file, 1);
  const signedOut = JSON.stringify({ signedOut: ALICE.id });
  await page.evaluate(`new BroadcastChannel('cookie-gateway').postMessage(${signedOut})`);
  await waitUntil(page, "heard.at(-1)[0] === 'signedout'");
  const asked = requests('POST').length;
  await page.click('b');
  await until(file, 2);
  t.equal(requests('POST').length, asked, 'the app host is not asked');
});

t.test('a right click opens nothing', async (t) => {
  const { context, page, requests } = await openAsleep(t, {});
  await page.click('b', { button: 'right' });
  await page.evaluate('gateway.refresh().then(() => undefined)');
  await settles(page);
  t.equal(context.pages().length, 1);
  t.equal(requests('GET files').filter(({ line }) => line.endsWith('a.txt')).length, 0);
});

t.test('while nobody is signed in, no link is held back', async (t) => {
  const { open, state, origins, requests } = await openClient(t, browser);
  state.user = undefined;
  const page = await open();
  await page.evaluate(`
    const link = Object.assign(document.createElement('a'), { href: '${origins.app}/goodbye' });
    link.append('away');
    document.body.append(link);
  `);
  await page.click('a');
  await page.waitForURL('**/goodbye');
  t.equal(requests('POST /auth/refresh').length, 0);
});

/** A page whose cookies have expired. `HREF` in the HTML is the address of a file. */
async function openBody(t: Test, html: string) {
  const { context, open, origins, store, requests } = await openClient(t, browser);
  store('a.bin', 'application/octet-stream', Buffer.from('bytes'));
  await context.clock.install();
  const page = await open();
  const body = html.replace('HREF', `${origins.files}/users/${ALICE.id}/a.bin`);
  await page.evaluate(`
    document.body.innerHTML = ${JSON.stringify(body)};
    globalThis.clicks = [];
    for (const element of document.body.querySelectorAll('*')) {
      element.addEventListener('click', (event) => {
        clicks.push(element.id);
        event.preventDefault();
      });
    }
  `);
  await context.clock.setSystemTime(Date.now() + 3_600_000);
  return { page, requests };
}

const clicks = (page: Page) => page.evaluate('clicks');

t.test('a click on what stands in a link is a click on that', async (t) => {
  const { page } = await openBody(t, '<a id="link" href="HREF">a <button id="button">Delete</button></a>');
  await page.click('#button');
  await comesTo(t, () => clicks(page), ['button', 'link']);
});

t.test('a right click is no click', async (t) => {
  const { page } = await openBody(t, '<a id="link" href="HREF">a</a>');
  await page.click('#link', { button: 'right' });
  await page.evaluate('gateway.refresh().then(() => undefined)');
  await settles(page);
  t.strictSame(await clicks(page), []);
});

t.test('a click that two watches see is one', async (t) => {
  const { page } = await openBody(t, '<a id="link" href="HREF">a</a>');
  await page.evaluate('void gateway.watchImages()');
  await page.click('#link');
  await waitUntil(page, 'clicks.length > 0');
  await settles(page);
  t.strictSame(await clicks(page), ['link']);
});

t.test('a link in an SVG is the page’s own', async (t) => {
  const svg = '<svg><a href="#b" id="link"><rect id="box" width="50" height="50"/></a></svg>';
  const { page } = await openBody(t, svg);
  const errors: unknown[] = [];
  page.on('pageerror', (error) => errors.push(error));
  await page.click('#box');
  await waitUntil(page, `clicks.includes('link')`);
  t.strictSame(errors, []);
});

t.test('the end of one watch is not that of another one', async (t) => {
  const { page, requests } = await openBody(t, '<p id="host"></p><a id="link" href="HREF"></a>');
  await page.evaluate(`
    // Links in here are hidden from the watch of the document.
    const root = document.querySelector('#host').attachShadow({ mode: 'open' });
    const link = document.querySelector('#link');
    link.textContent = 'a';
    root.append(link);
    const end = gateway.watchImages(root);
    gateway.watchImages(root);
    end();
    link.click();
  `);
  // After the link itself, listeners outside see only the host.
  await comesTo(t, () => clicks(page), ['link', 'host']);
  t.equal(requests('POST /auth/refresh').length, 1);
});
