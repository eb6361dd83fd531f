import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { comesTo, PIXEL, roundTrip, waitUntil } from '../browser.ts';
import { ALICE, BOB } from '../stand-in.ts';
import { openClient } from './open.ts';

const browser = await launchShell(t);

type Client = Awaited<ReturnType<typeof openClient>>;

const refresh = (page: Page) => page.evaluate('gateway.refresh().catch(({ code }) => code)');
const hears = (page: Page, event: string) => waitUntil(page, `heard.at(-1)?.[0] === '${event}'`);

const SCENES: Record<string, (t: Test, client: Client, here: Page, there: Page) => Promise<unknown>> = {
  'the session has ended on the server': async (t, { state }, here) => {
    state.user = undefined;
    t.equal(await refresh(here), null);
    await hears(here, 'signedout');
  },
  'somebody else signs in': async (t, { state, signIn }, here, there) => {
    state.next = BOB;
    await signIn();
    await refresh(here);
    await refresh(there);
    await comesTo(t, () => there.evaluate('heard.at(-1)'), ['signedout', 'account_changed']);
  },
  'another tab signs out': async (_t, _client, here, there) => {
    await there.evaluate('void gateway.logout()');
    await there.waitForURL('**/goodbye');
    await hears(here, 'signedout');
  },
  'the network is down, and the cookies end': async (t, { context, state }, here) => {
    await context.setOffline(true);
    state.cookieLifetimeMs = -1;
    await context.clock.setSystemTime(Date.now() + 3_600_000);
    t.equal(await refresh(here), 'network');
    await hears(here, 'expired');
  },
  'the cookies are lost, and images fail': async (t, { context, origins, store, requests }, here) => {
    store('a.png', 'image/png', PIXEL);
    await context.clearCookies();
    await here.evaluate(`
      document.body.append(Object.assign(new Image(), { src: '${origins.files}/users/${ALICE.id}/a.png' }));
    `);
    await waitUntil(here, 'document.images[0].naturalWidth === 1');
    t.equal(requests('POST /auth/refresh').length, 1);
  },
};

for (const [name, play] of Object.entries(SCENES)) {
  t.test(`a page never leaves by itself: ${name}`, async (t) => {
    const client = await openClient(t, browser);
    await client.context.clock.install();
    const [here, there] = [await client.open(), await client.open()];
    const navigations: string[] = [];
    // The navigations that began, in the document or a frame, whether or not they came to an end.
    here.on('request', (request) => {
      if (request.isNavigationRequest()) navigations.push(request.url());
    });
    here.on('framenavigated', (frame) => navigations.push(frame.url()));
    const address = here.url();
    await here.evaluate('globalThis.sameDocument = true');
    await play(t, client, here, there);
    for (const event of ['focus', 'online', 'pageshow']) {
      await here.evaluate(`dispatchEvent(new PageTransitionEvent('${event}', { persisted: true }))`);
    }
    await client.context.clock.runFor(5_000);
    await roundTrip(here);
    t.strictSame(navigations, []);
    t.equal(here.url(), address);
    t.equal(await here.evaluate('globalThis.sameDocument'), true);
    await client.context.setOffline(false);
  });
}
