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
  'Firefox signs in, uploads, looks, shares, makes a team, and opens links',
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
    await page.goto(stack.appOrigin);
    await (await page.waitForSelector('#sign-in', { visible: true }))?.click();
    await (await page.waitForSelector('input[name=login]'))?.type('alice');
    await page.type('input[name=password]', 'anything');
    await page.click('form button');
    await page.waitForSelector('#account-button', { visible: true });
    const input = await page.waitForSelector('input[type=file]');
    await input?.uploadFile(file);
    await page.waitForFunction(`${pictureOf('a.png')}?.naturalWidth === 1`);
    const src = String(await page.evaluate(`${pictureOf('a.png')}.src`));
    t.ok(src.startsWith(stack.filesOrigin));

    await page.click('[data-name="a.png"] .name');
    await page.waitForFunction(
      `document.querySelector('#lightbox[open] #lightbox-stage img')?.naturalWidth === 1`,
    );
    await page.click('#lightbox-share');
    await page.waitForSelector('#access-list li', { visible: true });
    await page.click('#share-create');
    await page.waitForSelector('#share-url', { visible: true });
    const shared = String(await page.evaluate(`document.querySelector('#share-url').value`));
    await page.click('#share-close');
    await page.click('#lightbox-close');
    await page.waitForFunction(`!document.querySelector('#lightbox').open`);
    await page.click('#team-new');
    await page.type('#team-name-field', 'Physics');
    await page.click('#team-name-action');
    await page.waitForFunction(`document.querySelector('#path').textContent === 'Physics'`);
    await page.click('#links-open');
    await page.click('#links-create');
    await page.waitForSelector('#folder-url', { visible: true });
    const folder = String(await page.evaluate(`document.querySelector('#folder-url').value`));
    await page.click('#links-close');
    const stranger = await (await browser.createBrowserContext()).newPage();
    stranger.setDefaultTimeout(60_000);
    await stranger.goto(shared);
    await stranger.waitForFunction(`document.querySelector('#shared-stage img')?.naturalWidth === 1`);
    await stranger.goto(folder);
    await stranger.waitForFunction(`document.querySelector('#path').textContent === 'Physics'`);

    const isOut = page.waitForResponse((it) => new URL(it.url()).pathname === '/auth/signed-out');
    await page.click('#account-button');
    await page.click('#sign-out');
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
