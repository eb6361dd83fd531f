import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { atLeast, until, waitUntil } from '../browser.ts';
import { ALICE } from '../stand-in.ts';
import { openClient } from './open.ts';

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
  return { context, open, page, state, requests };
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
  const { open, page, state, requests } = await openAsleep(t, { target: '_blank', rel: 'noopener' });
  const file = () => requests(`GET files/users/${ALICE.id}/a.txt`).length;
  state.faults.set('POST /auth/refresh', [[503, 'store_unavailable']]);
  await page.click('b');
  await until(file, 1);
  const other = await open();
  await other.evaluate('void gateway.logout()');
  await waitUntil(page, "heard.at(-1)[0] === 'signedout'");
  const asked = requests('POST').length;
  await page.click('b');
  await until(file, 2);
  t.equal(requests('POST').length, asked, 'the app host is not asked');
});
