import { setTimeout as pause } from 'node:timers/promises';
import puppeteer from 'puppeteer-core';
import { CHROMIUM_ARGUMENTS, DEBIAN_CHROMIUM } from './chromium.ts';
import { missing } from './missing.ts';
import { startWebKit, WEBKIT_PROGRAMS } from './webkit.ts';

const FIREFOX = '/usr/bin/firefox-esr';

/** A page of any browser, with the calls that tests of several browsers need. */
export interface Tab {
  open(url: string): Promise<void>;
  run(script: string): Promise<unknown>;
  /** Waits until an expression holds. */
  until(expression: string): Promise<void>;
  /** Waits until the element is visible, then clicks it. */
  click(selector: string): Promise<void>;
  type(selector: string, text: string): Promise<void>;
  upload(selector: string, file: string): Promise<void>;
  /** The browser's complaints so far, if the browser reports them. */
  errors: string[];
  close(): Promise<void>;
}

/** The calls that each browser needs of its own. The other calls of a tab are made from them. */
export type TabDriver = Omit<Tab, 'until' | 'click'>;

/** The browsers, each started with a fresh profile. `skip` is the reason why it cannot run here, or false. */
export const BROWSERS: { name: string; skip: string | false; start: () => Promise<Tab> }[] = [
  {
    name: 'Chromium',
    skip: missing(DEBIAN_CHROMIUM),
    start: async () => withWaiting(await startPuppeteer('chrome', DEBIAN_CHROMIUM)),
  },
  {
    name: 'Firefox',
    skip: missing(FIREFOX),
    start: async () => withWaiting(await startPuppeteer('firefox', FIREFOX)),
  },
  {
    name: 'WebKitGTK',
    skip: missing(...WEBKIT_PROGRAMS),
    start: async () => withWaiting(await startWebKit()),
  },
];

/** Fills in the form of the local identity provider. */
export async function enterLogin(tab: Tab, login: string): Promise<void> {
  await tab.until(isShown('input[name=login]'));
  await tab.type('input[name=login]', login);
  await tab.type('input[name=password]', 'anything');
  await tab.click('form button');
}

async function startPuppeteer(browser: 'chrome' | 'firefox', executablePath: string): Promise<TabDriver> {
  const args = browser === 'chrome' ? CHROMIUM_ARGUMENTS : [];
  const running = await puppeteer.launch({ browser, executablePath, args, acceptInsecureCerts: true });
  const page = await running.newPage();
  page.setDefaultTimeout(60_000);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  return {
    open: async (url) => void (await page.goto(url)),
    run: (script) => page.evaluate(script),
    type: (selector, text) => page.type(selector, text),
    async upload(selector, file) {
      const input = await page.waitForSelector(selector);
      await input?.uploadFile(file);
    },
    errors,
    close: () => running.close(),
  };
}

function withWaiting(driver: TabDriver): Tab {
  const { run } = driver;
  async function until(expression: string): Promise<void> {
    const endMs = Date.now() + 60_000;
    // A page that is being left gives no answer.
    while ((await run(`Boolean(${expression})`).catch(() => false)) !== true) {
      if (Date.now() > endMs) throw new Error(`not true within a minute: ${expression}`);
      await pause(50);
    }
  }
  async function click(selector: string): Promise<void> {
    await until(isShown(selector));
    await run(`document.querySelector('${selector}').click()`);
  }
  return { ...driver, until, click };
}

function isShown(selector: string): string {
  return `document.querySelector('${selector}')?.checkVisibility()`;
}
