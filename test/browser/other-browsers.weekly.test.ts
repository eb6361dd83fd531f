// Weekly, because of its cost: half a minute of browsers that no other test starts.
// Last result (2026-12-02): all pass, with Firefox and with third-party cookies blocked in Chromium; 35 s.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import t from 'tap';
import { listenOnLoopback } from '../../edge/local/loopback.ts';
import { PIXEL, waitUntil } from '../services/web/browser.ts';
import { launchProfile } from '../support/chromium.ts';
import { missing } from '../support/missing.ts';
import { temporaryDirectory } from '../support/test-stack.ts';
import { PLACES, pictureOf, signInOnPage, startPlace, TEST_HOSTS, uploadOnPage } from './support/places.ts';

const FIREFOX = '/usr/bin/firefox-esr';
/** Chromium's setting "Block third-party cookies". */
function writeSetting(profile: string, isBlocking: boolean): void {
  const setting = { cookie_controls_mode: isBlocking ? 1 : 0, block_third_party_cookies: isBlocking };
  mkdirSync(join(profile, 'Default'));
  writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify({ profile: setting }));
}

t.test(
  'Firefox signs in, uploads, looks, shares, and signs out',
  { skip: missing(FIREFOX), timeout: 240_000 },
  async (t) => {
    const stack = await startPlace(t, PLACES[1]);
    const file = join(temporaryDirectory(t), 'a.png');
    writeFileSync(file, PIXEL);
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: FIREFOX,
      acceptInsecureCerts: true,
      defaultViewport: { width: 1_280, height: 800 },
      extraPrefsFirefox: { 'network.dns.localDomains': 'app.example.test,files.app.example.test' },
    });
    t.teardown(() => browser.close());
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    // Firefox takes seconds to find something by its role.
    const press = async (selector: string) => {
      await (await page.waitForSelector(selector, { visible: true }))?.click();
    };
    await page.goto(stack.appOrigin);
    await press('main a ::-p-text(Sign in)');
    await (await page.waitForSelector('input[name=login]'))?.type('alice');
    await page.type('input[name=password]', 'anything');
    await page.click('form button');
    const input = await page.waitForSelector('input[type=file]');
    await page.waitForSelector('::-p-text(Nothing here yet)');
    await input?.uploadFile(file);
    await page.waitForFunction(`${pictureOf('a.png')}?.naturalWidth === 1`);
    const src = String(await page.evaluate(`${pictureOf('a.png')}.src`));
    t.ok(src.startsWith(stack.filesOrigin));
    await press('main li a ::-p-text(a.png)');
    await page.waitForFunction(`document.querySelector('dialog img[alt="a.png"]')?.naturalWidth === 1`);
    await press('dialog[open] [aria-label="Share"]');
    await press('dialog[open] ::-p-text(Create link)');
    const link = await page.waitForSelector('dialog[open] [aria-label="Link"]', { visible: true });
    const address = String(await link?.evaluate((field) => Object(field).value));
    await press('dialog[open] ::-p-text(Done)');
    await press('dialog[open] [aria-label="Close"]');
    const stranger = await (await browser.createBrowserContext()).newPage();
    stranger.setDefaultTimeout(60_000);
    await stranger.goto(address);
    await stranger.waitForFunction(`document.querySelector('img[alt="a.png"]')?.naturalWidth === 1`);

    const isOut = page.waitForResponse((it) => new URL(it.url()).pathname === '/auth/signed-out');
    await press('header ::-p-text(alice)');
    await press('header ::-p-text(Sign out)');
    await isOut;
    // The first tab is still on its way to the page.
    const response = await (await browser.newPage()).goto(src);
    t.equal(response?.status(), 403, 'after a sign-out it is refused');
  },
);

t.test('third-party cookies are blocked', { timeout: 240_000 }, async (t) => {
  const stack = await startPlace(t, PLACES[1]);
  const profile = temporaryDirectory(t);
  writeSetting(profile, true);
  const context = await launchProfile(profile, TEST_HOSTS);
  t.teardown(() => context.close());
  t.notOk(await bringsThirdPartyCookie(t, context), 'third-party cookies are blocked');

  const page = await context.newPage();
  await signInOnPage(page, stack.appOrigin, 'alice');
  await uploadOnPage(page, 'a.png', PIXEL);
  await page.reload();
  await waitUntil(page, `${pictureOf('a.png')}?.naturalWidth > 0`);
});

t.test('without that setting a third party does get its cookie', async (t) => {
  const profile = temporaryDirectory(t);
  writeSetting(profile, false);
  const context = await launchProfile(profile, TEST_HOSTS);
  t.teardown(() => context.close());
  t.ok(await bringsThirdPartyCookie(t, context));
});

/** Whether a picture of one site, in a page of another site, brings the cookie that its own site set. */
async function bringsThirdPartyCookie(
  t: { teardown(fn: () => Promise<void>): void },
  context: Awaited<ReturnType<typeof launchProfile>>,
): Promise<boolean> {
  let brought = '';
  const server = await listenOnLoopback((request, response) => {
    if (request.url?.startsWith('/picture')) brought = request.headers.cookie ?? '';
    response.setHeader('content-type', 'text/html');
    if (request.url === '/first') response.setHeader('set-cookie', 'probe=1; Secure; SameSite=None');
    response.end(
      `<!doctype html><img src="http://localhost:${server.port}/picture?${request.headers.host}">`,
    );
  }, 0);
  t.teardown(() => server.close(0));
  const page = await context.newPage();
  await page.goto(`http://localhost:${server.port}/first`);
  brought = '';
  await page.goto(`http://stranger.test:${server.port}/`);
  await page.close();
  return brought === 'probe=1';
}
