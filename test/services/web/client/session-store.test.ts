import t from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { comesTo, waitUntil } from '../browser.ts';
import { ALICE, BOB } from '../stand-in.ts';
import { openClient } from './open.ts';

const browser = await launchShell(t);

/** What a state says, in a word or two. */
const SAY = `({ status, session, reason, error }) =>
  [status, session?.user.name, reason, error?.code].filter(Boolean).join(' ')`;

/** Two frameworks, as their own stores work: Svelte's contract of a store, and a ref of Vue in a composable. */
const CONSUMERS = `const say = ${SAY};
globalThis.svelte = (store) => {
  const seen = [];
  const unsubscribe = store.subscribe((state) => seen.push(say(state)));
  if (seen.length !== 1) throw new Error('a store of Svelte gives its value at once');
  return { seen, unsubscribe };
};
globalThis.vue = ({ subscribe, getSnapshot }) => {
  const ref = { value: getSnapshot() };
  const onUnmounted = subscribe(() => { ref.value = getSnapshot(); });
  return { seen: () => say(ref.value), onUnmounted };
};
undefined`;

t.test('gateway.store: from loading to in, and out of it, for more than one framework', async (t) => {
  const { open, requests, state, context } = await openClient(t, browser);
  const page = await open();
  await page.reload();
  await waitUntil(page, 'globalThis.ready');
  const before = requests('GET /auth/session').length;
  await page.evaluate(CONSUMERS);
  t.equal(await page.evaluate('gateway.store.getSnapshot().status'), 'loading');
  t.equal(requests('GET /auth/session').length, before, 'nobody has asked yet');
  await page.evaluate(
    'globalThis.inSvelte = svelte(gateway.store); globalThis.inVue = vue(gateway.store); undefined',
  );
  await comesTo(t, () => page.evaluate('inSvelte.seen'), ['loading', `in ${ALICE.name}`]);
  t.equal(await page.evaluate('inVue.seen()'), `in ${ALICE.name}`);
  t.equal(requests('GET /auth/session').length, before + 1, 'one question for both');
  t.ok(await page.evaluate('gateway.store.getSnapshot() === gateway.store.getSnapshot()'));

  await page.evaluate('inVue.onUnmounted()');
  state.next = BOB;
  await context.request.get(new URL('/auth/login', page.url()).href, { maxRedirects: 0 });
  await page.evaluate('gateway.refresh().catch(() => undefined).then(() => undefined)');
  await comesTo(t, () => page.evaluate('inSvelte.seen.at(-1)'), 'out account_changed');
  t.equal(await page.evaluate('inVue.seen()'), `in ${ALICE.name}`, 'it has left');
});

t.test('gateway.store: nobody is there, or nobody says so', async (t) => {
  const { open, state } = await openClient(t, browser);
  const page = await open();
  const last = async () => {
    await page.reload();
    await waitUntil(page, 'globalThis.ready');
    await page.evaluate(`${CONSUMERS}; globalThis.inSvelte = svelte(gateway.store); undefined`);
    return () => page.evaluate('inSvelte.seen');
  };
  state.faults.set('GET /auth/session', [[503, 'store_unavailable']]);
  // The client asks again by itself.
  await comesTo(t, await last(), ['loading', 'error store_unavailable', `in ${ALICE.name}`]);
  state.user = undefined;
  await comesTo(t, await last(), ['loading', 'out']);
});
