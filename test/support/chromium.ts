import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, type BrowserServer, chromium } from 'playwright-core';

export const DEBIAN_CHROMIUM = '/usr/bin/chromium';

export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Names of hosts for the tests of cookies, and films that play without a click. */
const SHELL_ARGUMENTS = [
  '--host-resolver-rules=MAP *.test 127.0.0.1, MAP *.net 127.0.0.1',
  '--autoplay-policy=no-user-gesture-required',
];

/**
 * The Chromium of an npm package, until the test ends. It has no user interface. A page in it takes a fifth of the work
 * of a page in Debian's Chromium. This is the one browser of the whole test run, and each context is a profile of its
 * own.
 */
export async function launchShell(t: { teardown(end: () => Promise<void>): void }): Promise<Browser> {
  const shared = process.env['TEST_SHELL'];
  const browser = shared ? await chromium.connect(shared) : await chromium.launch(await shellOptions());
  t.teardown(() => browser.close());
  return browser;
}

/**
 * Starts one browser for many processes. TEST_SHELL holds its `wsEndpoint()`, by which they find it. Returns the reason
 * if tests with `launchShell` cannot run here.
 */
export async function serveShell(): Promise<BrowserServer | string> {
  try {
    return await chromium.launchServer({ ...(await shellOptions()), host: '127.0.0.1' });
  } catch (error) {
    return `the Chromium of the npm package does not start here: ${String(error).split('\n')[0]}`;
  }
}

/** TEST_SHELL_PROGRAM names another browser to use. The package brings the libraries that a bare machine lacks. */
async function shellOptions() {
  const args = [...CHROMIUM_ARGUMENTS, ...SHELL_ARGUMENTS];
  const other = process.env['TEST_SHELL_PROGRAM'];
  if (other) return { executablePath: other, args };
  const { default: bundled, inflate } = await import('@sparticuz/chromium');
  const executablePath = await bundled.executablePath();
  const entry = fileURLToPath(import.meta.resolve('@sparticuz/chromium'));
  const libraries = await inflate(join(dirname(entry), '../bin/al2023.tar.br'));
  // The package's own font list names /tmp, so this one is used.
  const fonts = join(tmpdir(), 'shell-fonts.conf');
  const directories = `<dir>${tmpdir()}/fonts</dir><cachedir>${tmpdir()}/fonts-cache</cachedir>`;
  writeFileSync(fonts, `<?xml version="1.0"?><fontconfig>${directories}</fontconfig>`);
  const env = { ...process.env, LD_LIBRARY_PATH: join(libraries, 'lib'), FONTCONFIG_FILE: fonts };
  return { executablePath, args, env };
}

/** Debian's Chromium, as people have it. Playwright's own Chromium has no back/forward cache. */
export async function launchChromium(
  more: string[] = [],
  { backForwardCache = false } = {},
): Promise<Browser> {
  const ignoreDefaultArgs = backForwardCache ? ['--disable-back-forward-cache'] : [];
  return chromium.launch({
    executablePath: DEBIAN_CHROMIUM,
    args: [...CHROMIUM_ARGUMENTS, ...more],
    ignoreDefaultArgs,
  });
}

/** The same with a lasting profile: its disk cache and cookies are there at the next launch. */
export async function launchProfile(directory: string, more: string[] = []): Promise<BrowserContext> {
  return chromium.launchPersistentContext(directory, {
    executablePath: DEBIAN_CHROMIUM,
    args: [...CHROMIUM_ARGUMENTS, ...more],
    ignoreHTTPSErrors: true,
  });
}

/** The reason why tests with `launchChromium` or `launchProfile` cannot run here, or false. */
export function noChromium(): string | false {
  return existsSync(DEBIAN_CHROMIUM) ? false : "this machine lacks Debian's chromium";
}
