import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { comesTo, waitUntil } from '../browser.ts';
import { ALICE } from '../stand-in.ts';
import { openClient, settles } from './open.ts';

const browser = await launchShell();
t.teardown(() => browser.close());

/** A page whose cookies have expired. `HREF` in the HTML is the address of a file. */
async function openAsleep(t: Test, html: string) {
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
  const { page } = await openAsleep(t, '<a id="link" href="HREF">a <button id="button">Delete</button></a>');
  await page.click('#button');
  await comesTo(t, () => clicks(page), ['button', 'link']);
});

t.test('a right click is no click', async (t) => {
  const { page } = await openAsleep(t, '<a id="link" href="HREF">a</a>');
  await page.click('#link', { button: 'right' });
  await page.evaluate('gateway.refresh().then(() => undefined)');
  await settles(page);
  t.strictSame(await clicks(page), []);
});

t.test('a click that two watches see is one', async (t) => {
  const { page } = await openAsleep(t, '<a id="link" href="HREF">a</a>');
  await page.evaluate('void gateway.watchImages()');
  await page.click('#link');
  await waitUntil(page, 'clicks.length > 0');
  await settles(page);
  t.strictSame(await clicks(page), ['link']);
});

t.test('a link in an SVG is the page’s own', async (t) => {
  const svg = '<svg><a href="#b" id="link"><rect id="box" width="50" height="50"/></a></svg>';
  const { page } = await openAsleep(t, svg);
  const errors: unknown[] = [];
  page.on('pageerror', (error) => errors.push(error));
  await page.click('#box');
  await waitUntil(page, `clicks.includes('link')`);
  t.strictSame(errors, []);
});

t.test('the end of one watch is not that of another one', async (t) => {
  const { page, requests } = await openAsleep(t, '<p id="host"></p><a id="link" href="HREF"></a>');
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
