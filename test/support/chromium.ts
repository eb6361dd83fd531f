import { existsSync } from 'node:fs';
import process from 'node:process';
import { type Browser, type BrowserContext, type BrowserServer, chromium } from 'playwright-core';

const SYSTEM_CHROMIUM = '/usr/bin/chromium';

/**
 * A real Chromium: the system's, or else the one that an npm package brings. Where nothing is asked of it, it is the one
 * of the whole test run, and each context of it is a profile of its own. Playwright's own has no back/forward cache.
 */
export async function launchChromium(
  more: string[] = [],
  { backForwardCache = false } = {},
): Promise<Browser> {
  const shared = process.env['TEST_CHROMIUM'];
  if (shared && more.length === 0 && !backForwardCache) return chromium.connect(shared);
  const ignoreDefaultArgs = backForwardCache ? ['--disable-back-forward-cache'] : [];
  return chromium.launch({ ...(await programAndArguments(more)), ignoreDefaultArgs });
}

/** A Chromium that many processes use at one time, by its `wsEndpoint()` in TEST_CHROMIUM. */
export async function serveChromium(): Promise<BrowserServer> {
  return chromium.launchServer({ ...(await programAndArguments([])), host: '127.0.0.1' });
}

/** The same with a profile that lasts: what its disk cache and cookies hold is there again at the next launch. */
export async function launchProfile(directory: string, more: string[] = []): Promise<BrowserContext> {
  const options = { ...(await programAndArguments(more)), ignoreHTTPSErrors: true };
  return chromium.launchPersistentContext(directory, options);
}

async function programAndArguments(more: string[]) {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    ...more,
  ];
  if (existsSync(SYSTEM_CHROMIUM)) return { executablePath: SYSTEM_CHROMIUM, args };
  const { default: bundled } = await import('@sparticuz/chromium');
  return { executablePath: await bundled.executablePath(), args: [...bundled.args, ...args] };
}

/** Why browser tests cannot run here, or false. A system's own Chromium must start; the package's may lack libraries. */
export async function noChromium(): Promise<string | false> {
  if (existsSync(SYSTEM_CHROMIUM)) return false;
  try {
    await (await launchChromium()).close();
    return false;
  } catch (error) {
    const library = /[\w.+-]+\.so[\w.]*/.exec(String(error))?.[0] ?? 'something that it needs';
    return `the Chromium of the npm package misses ${library} here: install Debian's chromium`;
  }
}
