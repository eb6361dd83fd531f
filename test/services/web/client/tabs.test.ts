import t from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { atLeast, comesTo, PIXEL, roundTrip, until, waitUntil } from '../browser.ts';
import { ALICE, BOB } from '../stand-in.ts';
import { openClient, settles } from './open.ts';

const browser = await launchShell(t);

const WITHOUT_NEWS = 'BroadcastChannel.prototype.postMessage = () => {}';
const WITHOUT_LOCKS = "Object.defineProperty(navigator, 'locks', { value: undefined })";

for (const [name, script] of [
  ['Web Locks', ''],
  ['what browsers without Web Locks have', WITHOUT_LOCKS],
  ['Web Locks, where no news arrives', WITHOUT_NEWS],
] as const) {
  t.test(`five tabs wake up past the expiry: one renewal, by ${name}`, async (t) => {
    const { context, open, signIn, origins, state, store, requests } = await openClient(t, browser);
    store('a.png', 'image/png', PIXEL);
    if (script) await context.addInitScript(script);
    await context.clock.install();
    const tabs = [await open(), await open(), await open(), await open(), await open()] as const;
    t.equal(requests('POST /auth/refresh').length, 0);
    state.cookieLifetimeMs = -1;
    await signIn();
    state.cookieLifetimeMs = 900_000;
    // No renewal ends before all tabs have asked for one.
    const { promise: allAwake, resolve: release } = Promise.withResolvers<undefined>();
    state.answers.set('POST /auth/refresh', () => allAwake);
    // The clock stands until all have asked, so no request of a busy machine reaches its time limit.
    await context.clock.pauseAt(Date.now() + 3_600_000);
    const append = `for (let i = 0; i < 50; i++) {
      const image = new Image();
      image.src = '${origins.files}/users/${ALICE.id}/a.png?v=' + i;
      document.body.append(image);
    }`;
    await Promise.all(tabs.map((tab) => tab.evaluate(append)));
    await until(() => requests(`GET files/users/${ALICE.id}/a.png`).length, atLeast(250));
    for (const tab of tabs) await roundTrip(tab);
    release(undefined);
    await context.clock.resume();
    for (const tab of tabs)
      await waitUntil(tab, '[...document.images].every((image) => image.naturalWidth === 1)');
    t.equal(requests('POST /auth/refresh').length, 1);
    for (const tab of tabs)
      await waitUntil(tab, "heard.filter(([event]) => event === 'session').length >= 2");
    const last = await Promise.all(tabs.map((tab) => tab.evaluate('heard.at(-1)[1]')));
    t.equal(new Set(last).size, 1, 'all know of the same cookies');
  });
}

t.test(
  'signing out in one tab: what the browser keeps is cleared first, and the other tab hears of it',
  async (t) => {
    const { open, requests, state } = await openClient(t, browser);
    const here = await open();
    // A tab that opens earlier would clear what the browser keeps once more.
    await settles(here);
    const there = await open();
    t.equal(requests(`GET files/users/${ALICE.id}/?clear`).length, 1);
    await here.evaluate('void gateway.logout()');
    await here.waitForURL('**/goodbye');
    await waitUntil(there, "heard.at(-1)[0] === 'signedout'");
    t.strictSame(await there.evaluate('heard.at(-1)'), ['signedout', 'elsewhere']);
    const lines = state.log.map(({ line }) => line).filter((line) => /clear|logout/.test(line));
    const clear = `GET files/users/${ALICE.id}/?clear`;
    t.strictSame(lines.slice(-2), [clear, 'POST /auth/logout'], 'while the cookies still open it');
    t.equal(requests(clear).length, 2, 'once when she was first seen');
  },
);

t.test('signing out when the cookies are past: fresh ones first, which the clearing needs', async (t) => {
  for (const faults of [[], [[503, 'signing_unavailable']]]) {
    const { context, open, state, requests } = await openClient(t, browser);
    await context.clock.install();
    const page = await open();
    await until(() => requests(`GET files/users/${ALICE.id}/?clear`).length, 1);
    state.log.length = 0;
    await context.clock.setSystemTime(Date.now() + 3_600_000);
    state.faults.set('POST /auth/refresh', faults);
    await page.evaluate('void gateway.logout()');
    await page.waitForURL('**/goodbye');
    t.strictSame(
      state.log.map(({ line }) => line).filter((line) => /refresh|clear|logout/.test(line)),
      ['POST /auth/refresh', `GET files/users/${ALICE.id}/?clear`, 'POST /auth/logout'],
      faults.length === 0 ? '' : 'and without them where there are none',
    );
  }
});

t.test('signing out waits for a renewal under way, and goes on if that fails', async (t) => {
  const { context, open, requests } = await openClient(t, browser);
  const page = await open();
  const isAsked = Promise.withResolvers<void>();
  const isOver = Promise.withResolvers<void>();
  await context.route('**/auth/refresh', async (route) => {
    isAsked.resolve();
    await isOver.promise;
    await route.abort();
  });
  await page.evaluate('void gateway.refresh().catch(() => {})');
  await isAsked.promise;
  await page.evaluate('void gateway.logout().catch((error) => (document.title = String(error)))');
  await roundTrip(page);
  t.equal(requests('POST /auth/logout').length, 0);
  isOver.resolve();
  await until(() => requests('POST /auth/logout').length, 1, 10);
});

t.test('a sign-out that fails leaves the page where it is, and renewal goes on', async (t) => {
  const { open, state, requests } = await openClient(t, browser);
  const page = await open();
  state.faults.set('POST /auth/logout', [[503, 'store_unavailable']]);
  t.equal(await page.evaluate('gateway.logout().catch((error) => error.code)'), 'store_unavailable');
  const session = await page.evaluate('gateway.refresh().then((session) => session.user.id)');
  t.equal(session, ALICE.id);
  t.equal(requests('POST /auth/refresh').at(-1)?.headers['gateway-user'], ALICE.id);
});

t.test('bob signs in in another tab: the tab of alice says so, and asks for nothing as bob', async (t) => {
  const { open, signIn, state, requests } = await openClient(t, browser);
  const alice = await open();
  state.next = BOB;
  await signIn();
  // She has not heard of it yet, so her next request is refused.
  t.strictSame(
    await alice.evaluate('gateway.files.share("a.png").catch(({ status, code }) => [status, code])'),
    [409, 'account_changed'],
  );
  await comesTo(t, () => alice.evaluate('heard.at(-1)'), ['signedout', 'account_changed']);
  t.equal(requests('POST /api/shares')[0]?.headers['gateway-user'], ALICE.id);
});

t.test('the list of all files is of whoever began it, and never goes on as who signs in next', async (t) => {
  const { open, signIn, state, store, requests } = await openClient(t, browser);
  for (const name of ['a.txt', 'b.txt']) store(name, 'text/plain', Buffer.from('text'));
  state.pageSize = 1;
  const page = await open();
  const next = 'all.next().then(({ value }) => value.name, ({ code }) => code)';
  t.equal(await page.evaluate(`globalThis.all = gateway.files.all(); ${next}`), 'a.txt');
  state.next = BOB;
  await signIn();
  await page.evaluate('gateway.refresh().then(() => undefined)');
  t.match(await page.evaluate('gateway.session()'), { user: BOB });
  t.equal(await page.evaluate(next), 'no_session');
  t.equal(requests('GET /api/files').length, 1);
});

const BLOCKED = `Object.defineProperty(globalThis, 'localStorage', {
  get() { throw new DOMException('', 'SecurityError'); },
});`;

for (const [name, script, lost, expected] of [
  ['once, where the browser remembers', '', 0, [1, 1, 1]],
  ['each time, where it keeps nothing', BLOCKED, 0, [1, 2, 3]],
  ['again, where the first time failed', '', 1, [1, 2, 2]],
] as const) {
  t.test(`a page that does not know the last user clears what the browser keeps: ${name}`, async (t) => {
    const { context, open, requests } = await openClient(t, browser);
    await context.addInitScript(script);
    let cleared = 0;
    await context.route('**/?clear', (route) => (cleared++ < lost ? route.abort() : route.continue()));
    for (const times of expected) {
      const page = await open();
      await until(() => cleared, times);
      // A renewal does not clear the cache again.
      await page.evaluate('gateway.refresh().then(() => undefined)');
      // The page remembers the user when the answer is there.
      await settles(page);
      t.equal(cleared, times);
      await page.close();
    }
    t.equal(requests(`GET files/users/${ALICE.id}/?clear`).length, cleared - lost);
  });
}
