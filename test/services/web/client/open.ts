import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { buildClient } from '../../../../services/web/build.ts';
import { roundTrip, waitUntil, watchErrors } from '../browser.ts';
import { createStandIn } from '../stand-in.ts';

/** A page with a gateway and nothing else. `heard` has the events of the gateway. */
const PAGE = '<!doctype html><title>client</title><script type="module" src="/page.js"></script>';
const SCRIPT = `import { createCookieGateway, createGateway } from '/client.js';
globalThis.heard = [];
globalThis.underWay = 0;
const { fetch } = globalThis;
globalThis.fetch = (...request) => {
  underWay++;
  return fetch(...request).finally(() => underWay--);
};
globalThis.gateway = createGateway();
for (const event of ['session', 'expired', 'signedout']) {
  gateway.on(event, (detail) => heard.push([event, detail?.reason ?? detail?.cookies?.issuedAt]));
}
for (const event of ['team', 'teamleft']) {
  gateway.on(event, ({ id, team }) => heard.push([event, id ?? team.id]));
}
gateway.watchImages();
globalThis.ready = true;`;

/** The client as it is packed, with a page whose `gateway` is created so. */
export function clientAssets(created = 'createGateway()'): Map<string, string> {
  builtClient ??= buildScripts();
  return new Map([
    ['/client', PAGE],
    ['/page.js', SCRIPT.replace('createGateway()', created)],
    ...builtClient,
  ]);
}

/** A test file opens dozens of pages. */
let builtClient: ReturnType<typeof buildScripts> | undefined;

function buildScripts() {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-client-'));
  buildClient(directory);
  const scripts = readdirSync(directory).map(
    (name) => [`/${name}`, readFileSync(join(directory, name), 'utf8')] as const,
  );
  rmSync(directory, { recursive: true });
  return scripts;
}

/** Waits until the page has no request under way, and has used each answer. */
export async function settles(page: Page): Promise<void> {
  await waitUntil(page, 'underWay === 0');
  await roundTrip(page);
  await waitUntil(page, 'underWay === 0');
}

interface Ending {
  teardown: (end: () => Promise<void>) => void;
}

/** A stand-in with a signed-in user, and the user's browser profile. */
export async function openClient(t: Ending, browser: Browser, created?: string) {
  const standIn = await createStandIn({ assets: clientAssets(created) });
  const context = await browser.newContext();
  const throwErrors = watchErrors(context);
  t.teardown(async () => {
    await context.close();
    await standIn.close();
    throwErrors();
  });
  const signIn = () => context.request.get(`${standIn.origins.app}/auth/login`, { maxRedirects: 0 });
  await signIn();
  return {
    ...standIn,
    context,
    signIn,
    open: () => openTab(context, standIn.origins.app),
    /**
     * A clock that only `runFor` moves. Other clocks also go on while a busy machine works. Call it before a page is
     * open: an open page could be past that time already.
     */
    stopClock: async () => {
      await context.clock.install();
      await context.clock.pauseAt(Date.now() + 1_000);
    },
    runFor: (ms: number) => runFor(context, ms),
  };
}

/**
 * The installed clock moves on. The time limits of requests, 15 seconds, move with it. So the steps are shorter than
 * that, and a request of one step is answered before the next step.
 */
async function runFor(context: BrowserContext, ms: number): Promise<void> {
  const STEP_MS = 5_000;
  for (let leftMs = ms; leftMs > 0; leftMs -= STEP_MS) {
    await context.clock.runFor(Math.min(leftMs, STEP_MS));
    for (const page of context.pages()) await waitUntil(page, 'underWay === 0');
  }
}

/** A tab that has asked who is signed in. */
async function openTab(context: BrowserContext, appOrigin: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${appOrigin}/client`);
  await waitUntil(page, 'globalThis.ready');
  await page.evaluate('gateway.session().then(() => undefined)');
  return page;
}
