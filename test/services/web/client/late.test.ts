import t from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { waitUntil } from '../browser.ts';
import { ALICE, BOB } from '../stand-in.ts';
import { openClient } from './open.ts';

const browser = await launchShell();
t.teardown(() => browser.close());

/** The news of a tab of alice that slept, with an answer of an hour ago. */
const LATE = `(() => {
  const iso = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString();
  const session = {
    user: ${JSON.stringify(ALICE)},
    files: { origin: 'http://files.test', prefix: '/users/${ALICE.id}/' },
    cookies: { issuedAt: iso(-60), refreshAt: iso(-50), expiresAt: iso(-45) },
    session: { expiresAt: iso(600) },
    serverTime: iso(-60),
  };
  const news = { session, atMs: Date.now() - 3_600_000, isRenewal: true };
  const channel = new BroadcastChannel('cookie-gateway');
  channel.postMessage({ news });
  channel.close();
})()`;

t.test('what a tab tells late of alice does not sign bob out', async (t) => {
  const { open, signIn, state } = await openClient(t, browser);
  state.next = BOB;
  await signIn();
  const [bob, other] = [await open(), await open()];
  await other.evaluate(LATE);
  // Messages keep their order.
  await other.evaluate('gateway.refresh().then(() => undefined)');
  await waitUntil(bob, 'heard.length >= 2');
  t.notOk(await bob.evaluate("heard.some(([event]) => event === 'signedout')"));
  t.match(await bob.evaluate('gateway.session()'), { user: BOB });
});

t.test('nor does it tell a page of bob, which is just asking, who she is', async (t) => {
  const { context, open, signIn, state } = await openClient(t, browser);
  state.next = BOB;
  await signIn();
  const [bob, other] = [await open(), await open()];
  await context.route('**/auth/session', async (route) => {
    await other.evaluate(LATE);
    await waitUntil(bob, 'globalThis.isTold');
    await route.continue();
  });
  const user = await bob.evaluate(`(async () => {
    const { createGateway } = await import('/client.js');
    const second = createGateway();
    globalThis.users = [];
    second.on('session', ({ user }) => users.push(user.name));
    // Who listens later is told later.
    new BroadcastChannel('cookie-gateway').onmessage = () => { globalThis.isTold = true; };
    return (await second.session())?.user.name;
  })()`);
  t.equal(user, BOB.name);
  t.strictSame(await bob.evaluate('users'), [BOB.name]);
});
