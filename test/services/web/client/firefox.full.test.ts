import puppeteer, { type MouseClickOptions } from 'puppeteer-core';
import t from 'tap';
import { missing } from '../../../support/missing.ts';
import { PIXEL } from '../browser.ts';
import { ALICE, createStandIn } from '../stand-in.ts';
import { clientAssets } from './open.ts';

const FIREFOX = '/usr/bin/firefox-esr';

t.test('images and links in Firefox, once the cookies are past', { skip: missing(FIREFOX) }, async (t) => {
  const { origins, state, store, requests, close } = await createStandIn({ assets: clientAssets() });
  t.teardown(close);
  store('a.png', 'image/png', PIXEL);
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath: FIREFOX });
  t.teardown(() => browser.close());
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);

  /**
   * A page that wakes up after an hour, with one element. It is the first page after the sign-in: another page would
   * renew.
   */
  const wakeUpWith = async (html: string) => {
    state.cookieLifetimeMs = -1;
    await page.goto(`${origins.app}/auth/login?return_to=/client`);
    state.cookieLifetimeMs = 900_000;
    await page.waitForFunction('globalThis.ready');
    await page.evaluate('gateway.session().then(() => undefined)');
    await page.evaluate(`
      const now = Date.now.bind(Date);
      Date.now = () => now() + 3_600_000;
      document.body.innerHTML = ${JSON.stringify(html)};
    `);
  };
  const file = `${origins.files}/users/${ALICE.id}/a.png`;

  for (const html of [`<img src="${file}?1">`, `<img srcset="${file}?2 1x">`]) {
    await wakeUpWith(html);
    await page.waitForFunction('document.images[0].naturalWidth === 1');
    t.equal(requests('POST /auth/refresh').length, 1, html);
    state.log.length = 0;
  }

  const opens: [string, MouseClickOptions, 'Control'?][] = [
    ['target=_blank', {}],
    ['', { button: 'middle' }],
    ['', {}, 'Control'],
  ];
  for (const [attribute, options, key] of opens) {
    const name = `${attribute}${options.button ?? ''}${key ?? ''}`;
    await wakeUpWith(`<a ${attribute} href="${file}?${name}">a file</a>`);
    state.log.length = 0;
    const opened = new Promise<string>((resolve) => {
      browser.once('targetcreated', async (target) => {
        const tab = await target.page();
        tab?.setDefaultTimeout(60_000);
        await tab?.waitForFunction(`location.href !== 'about:blank' && document.readyState === 'complete'`);
        resolve(tab?.url() ?? '');
        await tab?.close();
      });
    });
    if (key) await page.keyboard.down(key);
    await page.click('a', options);
    if (key) await page.keyboard.up(key);
    t.equal(await opened, `${file}?${name}`, 'in a tab of its own');
    t.equal(page.url(), `${origins.app}/client`, attribute);
    const lines = state.log.map(({ line }) => line).filter((line) => /refresh|a\.png\?/.test(line));
    t.strictSame(lines, ['POST /auth/refresh', `GET files/users/${ALICE.id}/a.png?${name}`], attribute);
  }
});
