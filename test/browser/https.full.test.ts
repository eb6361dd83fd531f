import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import t from 'tap';
import { PIXEL } from '../services/web/browser.ts';
import { missing } from '../support/missing.ts';
import { startTestStack, temporaryDirectory } from '../support/test-stack.ts';
import { startWebKit } from '../support/webkit.ts';
import { pictureOf } from './support/places.ts';

const FIREFOX = '/usr/bin/firefox-esr';
const WEBKIT = ['/usr/bin/WebKitWebDriver', '/usr/bin/Xvfb'];

/** A page, as far as this test needs one. */
interface Tab {
  open(url: string): Promise<void>;
  run(script: string): Promise<unknown>;
  /** Waits until an expression holds. */
  until(expression: string): Promise<void>;
  type(selector: string, text: string): Promise<void>;
  upload(selector: string, file: string): Promise<void>;
  close(): Promise<void>;
}

async function startFirefox(): Promise<Tab> {
  const browser = await puppeteer.launch({
    ...{ browser: 'firefox', executablePath: FIREFOX, acceptInsecureCerts: true },
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  return {
    open: async (url) => void (await page.goto(url)),
    run: (script) => page.evaluate(script),
    until: async (expression) => void (await page.waitForFunction(expression)),
    type: (selector, text) => page.type(selector, text),
    async upload(selector, file) {
      const input = await page.waitForSelector(selector);
      await input?.uploadFile(file);
    },
    close: () => browser.close(),
  };
}

for (const [name, programs, start] of [
  ['WebKitGTK', WEBKIT, startWebKit],
  ['Firefox', [FIREFOX], startFirefox],
] as const) {
  const skip = missing(...programs);
  t.test(
    `${name}: over HTTPS everything works that Safari refuses over http`,
    { skip, timeout: 240_000 },
    async (t) => {
      const stack = await startTestStack(t, { env: { HTTPS: '1', COOKIE_LIFETIME_SECONDS: '10' } });
      const file = join(temporaryDirectory(t), 'a.png');
      writeFileSync(file, PIXEL);
      const tab: Tab = await start();
      t.teardown(() => tab.close());
      const isShown = (selector: string) => `document.querySelector('${selector}')?.checkVisibility()`;
      const click = async (selector: string) => {
        await tab.until(isShown(selector));
        await tab.run(`document.querySelector('${selector}').click()`);
      };

      t.match(stack.appOrigin, /^https:\/\/localhost:/);
      await tab.open(stack.appOrigin);
      await click('#sign-in');
      await tab.until(isShown('input[name=login]'));
      await tab.type('input[name=login]', 'alice');
      await tab.type('input[name=password]', 'anything');
      await click('form button');
      await tab.until(isShown('#sign-out'));
      await tab.upload('input[type=file]', file);
      await tab.until(`${pictureOf('a.png')}?.naturalWidth === 1`);
      const src = String(await tab.run(`${pictureOf('a.png')}.src`));
      t.ok(src.startsWith(stack.filesOrigin), 'uploaded to S3, and shown from the files host');

      const renewed = '"operation":"refresh"';
      await stack.logged(renewed);
      await tab.run(
        `void (globalThis.fresh = Object.assign(new Image(), { src: ${JSON.stringify(`${src}&again`)} }))`,
      );
      await tab.until('globalThis.fresh.naturalWidth === 1');
      t.pass('renewed, and open still');

      await click('#sign-out');
      await tab.until(isShown('#sign-in'));
      await tab.open(src);
      await tab.until(
        `/MissingKey|403|no_credential|Missing Key/.test(document.documentElement.textContent)`,
      );
      t.pass('signed out: refused');
    },
  );
}

t.test(
  'its certificate: for localhost, by an authority whose key is gone, for 825 days at most',
  async (t) => {
    const { directory, settings } = await startTestStack(t, { env: { HTTPS: '1' } });
    const read = (file: string) => new X509Certificate(readFileSync(join(directory, 'https', file)));
    const [own, authority] = [read('localhost.pem'), read('authority.pem')];
    t.ok(own.checkIssued(authority) && own.verify(authority.publicKey));
    t.ok(authority.ca && !own.ca);
    t.equal(own.checkHost('localhost'), 'localhost');
    t.equal(own.checkHost('example.com'), undefined);
    t.ok(Date.parse(own.validTo) - Date.parse(own.validFrom) <= 825 * 86_400_000);
    // This process trusts it: an answer came over it.
    const answer = await fetch(`https://localhost:${settings.ports.app}/livez`);
    t.strictSame(
      [answer.status, answer.headers.get('strict-transport-security')],
      [200, null],
      'no HSTS here',
    );
  },
);
