import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { buildClient } from '../../../../services/web/build.ts';
import { waitUntil } from '../browser.ts';
import { createStandIn } from '../stand-in.ts';

/** A page with a gateway and nothing else, and what it heard. */
const PAGE = '<!doctype html><title>client</title><script type="module" src="/page.js"></script>';
const SCRIPT = `import { createGateway } from '/client.js';
globalThis.heard = [];
globalThis.gateway = createGateway();
for (const event of ['session', 'expired', 'signedout']) {
  gateway.on(event, (detail) => heard.push([event, detail?.reason ?? detail?.cookies?.issuedAt]));
}
gateway.watchImages();
globalThis.ready = true;`;

/** The client as it is packed, with a page that has it as `gateway`. */
export function clientAssets(options = ''): Map<string, string> {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-client-'));
  buildClient(directory);
  const scripts = readdirSync(directory).map(
    (name) => [`/${name}`, readFileSync(join(directory, name), 'utf8')] as const,
  );
  rmSync(directory, { recursive: true });
  return new Map([
    ['/client', PAGE],
    ['/page.js', SCRIPT.replace('createGateway()', `createGateway(${options})`)],
    ...scripts,
  ]);
}

interface Ending {
  teardown: (end: () => Promise<void>) => void;
}

/** A stand-in where somebody is signed in, and a browser profile of theirs. */
export async function openClient(t: Ending, browser: Browser, options?: string) {
  const standIn = await createStandIn({ assets: clientAssets(options) });
  const context = await browser.newContext();
  t.teardown(async () => {
    await context.close();
    await standIn.close();
  });
  const signIn = () => context.request.get(`${standIn.origins.app}/auth/login`, { maxRedirects: 0 });
  await signIn();
  return { ...standIn, context, signIn, open: () => openTab(context, standIn.origins.app) };
}

/** A tab that has asked who is signed in. */
async function openTab(context: BrowserContext, appOrigin: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${appOrigin}/client`);
  await waitUntil(page, 'globalThis.ready');
  await page.evaluate('gateway.session().then(() => undefined)');
  return page;
}
