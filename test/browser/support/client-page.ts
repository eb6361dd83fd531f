import type { BrowserContext, Page } from 'playwright-core';
import { waitUntil } from '../../services/web/browser.ts';
import { clientAssets } from '../../services/web/client/open.ts';
import type { TestStack } from '../../support/test-stack.ts';

type AppHost = Pick<TestStack, 'appOrigin'>;

/** Gives the documents of the app host the scripts of the client library, and more scripts by their path. */
export async function serveClient(
  context: BrowserContext,
  { appOrigin }: AppHost,
  more: Record<string, string> = {},
): Promise<void> {
  const assets = new Map([...clientAssets(), ...Object.entries(more)]);
  await context.route(
    (url) => url.origin === appOrigin && assets.has(url.pathname),
    (route) => {
      const { pathname } = new URL(route.request().url());
      return route.fulfill({ contentType: 'text/javascript', body: assets.get(pathname) ?? '' });
    },
  );
}

/** Signs in, and ends at a document of the app host with no script except the client library. */
export async function signInWithClient(page: Page, { appOrigin }: AppHost, login: string): Promise<void> {
  await page.goto(`${appOrigin}/auth/login?return_to=/livez`);
  await page.fill('input[name=login]', login);
  await page.fill('input[name=password]', 'anything');
  await page.click('form button');
  await page.waitForURL('**/livez');
  await startLibrary(page);
}

/** Loaded into a document of the app host: Chromium keeps other documents from loopback addresses. */
export async function startLibrary(page: Page): Promise<void> {
  await page.evaluate("import('/page.js').then(() => undefined)");
  await waitUntil(page, 'globalThis.ready');
}
