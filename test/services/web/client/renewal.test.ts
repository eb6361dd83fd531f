import t from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { comesTo, waitUntil } from '../browser.ts';
import { ALICE, BOB } from '../stand-in.ts';
import { openClient, settles } from './open.ts';

const browser = await launchShell(t);

/** The gateway of an app with a login of its own. */
const OWN_LOGIN = "createCookieGateway({ refreshUrl: '/files-cookies' })";

const DAY_MS = 86_400_000;

t.test('goes by the clock of the server, a day ahead or behind', async (t) => {
  for (const aheadMs of [-DAY_MS, DAY_MS]) {
    const { context, open, stopClock, runFor, state, requests } = await openClient(t, browser);
    state.aheadMs = aheadMs;
    await stopClock();
    await context.addInitScript('Math.random = () => 0.99');
    const page = await open();
    await context.clock.runFor(540_000);
    t.equal(requests('POST /auth/refresh').length, 0, 'the cookies are good');
    // At the latest, a fifth of the way from refreshAt to the expiry.
    await runFor(125_000);
    await waitUntil(page, 'heard.length === 2');
    t.equal(requests('POST /auth/refresh').length, 1, `${aheadMs}`);
    t.match(
      requests('POST /auth/refresh')[0],
      {
        body: { background: true },
        headers: { 'gateway-user': ALICE.id },
      },
      `${aheadMs}`,
    );
  }
});

t.test('an app with a login of its own is asked, and nobody else, by four methods and no more', async (t) => {
  const { context, open, stopClock, runFor, state, requests } = await openClient(t, browser, OWN_LOGIN);
  await stopClock();
  // The first gateway renews at once when it is due. The other one renews a minute later, unless it has heard of the
  // renewal.
  await context.addInitScript('Math.random = () => 0');
  const page = await open();
  await context.addInitScript('Math.random = () => 0.99');
  const other = await open();
  t.strictSame(await page.evaluate('Object.keys(gateway).toSorted()'), [
    ...['on', 'refresh', 'session', 'store', 'watchImages'],
  ]);
  t.equal(requests('POST /files-cookies').length, 2, 'each page asks once who is there');
  t.equal(await page.evaluate('gateway.session().then(({ user }) => user.id)'), ALICE.id);
  const before = Number(await other.evaluate('heard.length'));
  await context.clock.runFor(540_000);
  await runFor(130_000);
  await waitUntil(other, `heard.length === ${before + 1}`);
  t.equal(requests('POST /files-cookies').length, 3, 'one renewal for both');
  state.user = undefined;
  await page.evaluate('gateway.refresh().then(() => undefined)');
  await waitUntil(page, "heard.at(-1)[0] === 'signedout'");
  t.strictSame(
    state.log.filter(({ line }) => /\/auth\/(?!login)/.test(line)),
    [],
  );
});

for (const wake of [
  "dispatchEvent(new Event('focus'))",
  "dispatchEvent(new Event('online'))",
  "document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))",
]) {
  t.test(`renews what is overdue on wake-up: ${wake}`, async (t) => {
    const { context, open, requests } = await openClient(t, browser);
    await context.clock.install();
    const page = await open();
    // A page may keep an event from those who are told later.
    await page.evaluate("document.addEventListener('visibilitychange', (event) => event.stopPropagation())");
    await page.evaluate(wake);
    await context.clock.setSystemTime(Date.now() + 700_000);
    t.equal(requests('POST /auth/refresh').length, 0);
    await page.evaluate(wake);
    await waitUntil(page, 'heard.length === 2');
    t.equal(requests('POST /auth/refresh').length, 1);
  });
}

t.test('one renewal for all callers of a tab', async (t) => {
  const { open, requests } = await openClient(t, browser);
  const page = await open();
  await page.evaluate(
    'Promise.all([gateway.refresh(), gateway.refresh(), gateway.refresh()]).then(() => undefined)',
  );
  t.equal(requests('POST /auth/refresh').length, 1);
});

t.test('what a person does in any tab makes the next renewal count as theirs, once', async (t) => {
  const { open, requests } = await openClient(t, browser);
  const [here, there] = [await open(), await open()];
  await there.evaluate("document.addEventListener('keydown', (event) => event.stopPropagation(), true)");
  await there.keyboard.press('a');
  const renew = async () => {
    await here.evaluate('gateway.refresh().then(() => undefined)');
    return requests('POST /auth/refresh').at(-1)?.body;
  };
  await comesTo(t, renew, { background: false }, 'once this tab has heard of it');
  t.strictSame(await renew(), { background: true });
});

t.test(
  'an app host that does not answer is no sign-out: told once the cookies are past, and asked again',
  async (t) => {
    const { context, open, stopClock, runFor, state, requests } = await openClient(t, browser);
    // The page asks again two seconds after a failure.
    await stopClock();
    const page = await open();
    const down = [503, 'store_unavailable'];
    state.faults.set('POST /auth/refresh', [down, down]);
    await context.clock.setSystemTime(Date.now() + 700_000);
    t.equal(await page.evaluate('gateway.refresh().catch((error) => error.code)'), 'store_unavailable');
    t.equal(await page.evaluate('heard.length'), 1, 'the cookies still open everything');
    await context.clock.setSystemTime(Date.now() + 1_000_000);
    t.equal(await page.evaluate('gateway.session().catch((error) => error.status)'), 503);
    await waitUntil(page, "heard.at(-1)[0] === 'expired'");
    await runFor(5_000);
    await waitUntil(page, "heard.at(-1)[0] === 'session'");
    t.equal(requests('POST /auth/refresh').length, 3);
  },
);

t.test('nobody signed in: null, once; and a page that was built for another origin', async (t) => {
  const { open, state, requests } = await openClient(t, browser);
  state.user = undefined;
  const page = await open();
  t.equal(await page.evaluate('gateway.session()'), null);
  t.strictSame(await page.evaluate('heard'), [], 'nothing has ended');
  t.equal(requests('POST').length, 0);
  const built =
    "import('/client.js').then((client) => client.createGateway({ appOrigin: 'https://a.example' }))";
  t.match(await page.evaluate(`${built}.catch(String)`), /TypeError.*https:\/\/a\.example/);
});

t.test('login keeps the hash in this tab: no server learns it, and the page gets it back once', async (t) => {
  const { open, requests } = await openClient(t, browser);
  const page = await open();
  const logIn = async (call: string) => {
    const isBack = page.waitForEvent('load');
    await page.evaluate(call);
    await isBack;
    await waitUntil(page, 'globalThis.ready');
    return page.evaluate('location.pathname + location.search + location.hash');
  };
  await page.evaluate("history.replaceState(null, '', '?a=1#join=secret')");
  t.equal(await logIn('gateway.login()'), '/client?a=1#join=secret');
  t.equal(await logIn("gateway.login({ returnTo: '/client#link=secret' })"), '/client#link=secret');
  const asked = requests('GET').map(({ line }) => line);
  t.equal(asked.filter((line) => line.startsWith('GET /auth/login?')).length, 2);
  t.notMatch(asked.join(), /secret/);

  await page.goto(page.url().replace(/#.*/, '?b'));
  await waitUntil(page, 'globalThis.ready');
  t.equal(await page.evaluate('location.hash'), '', 'the hash was for one page');
});

t.test('a page from the back/forward cache asks what it has missed; another one has asked', async (t) => {
  const { open, requests } = await openClient(t, browser);
  const page = await open();
  const show = (persisted: boolean) =>
    page.evaluate(
      `dispatchEvent(new PageTransitionEvent('pageshow', { persisted: ${persisted} })), undefined`,
    );
  await show(false);
  await settles(page);
  t.equal(requests('GET /auth/session').length, 1);
  await show(true);
  await settles(page);
  t.equal(requests('GET /auth/session').length, 2);
});

/** What a state says, in a word or two. */
const SAY = `({ status, session, reason, error }) =>
  [status, session?.user.name, reason, error?.code].filter(Boolean).join(' ')`;

t.test('gateway.store: from loading to in, and out of it', async (t) => {
  const { open, signIn, requests, state } = await openClient(t, browser);
  const page = await open();
  await page.reload();
  await waitUntil(page, 'globalThis.ready');
  const before = requests('GET /auth/session').length;
  await page.evaluate(`
    globalThis.seen = [];
    for (const _ of [1, 2]) gateway.store.subscribe((state) => seen.push((${SAY})(state ?? gateway.store.getSnapshot())));
  `);
  await comesTo(t, () => page.evaluate('[...new Set(seen)]'), ['loading', `in ${ALICE.name}`]);
  t.equal(requests('GET /auth/session').length, before + 1, 'one question for both');
  t.ok(await page.evaluate('gateway.store.getSnapshot() === gateway.store.getSnapshot()'));
  state.next = BOB;
  await signIn();
  await page.evaluate('gateway.refresh().catch(() => undefined).then(() => undefined)');
  await comesTo(t, () => page.evaluate('seen.at(-1)'), 'out account_changed');
});
