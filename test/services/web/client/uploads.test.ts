import t from 'tap';
import { launchChromium } from '../../../support/chromium.ts';
import { waitUntil } from '../browser.ts';
import { ALICE, BOB } from '../stand-in.ts';
import { openClient } from './open.ts';

const browser = await launchChromium();
t.teardown(() => browser.close());

t.test('an upload is of whoever began it, and never goes on as who signs in next', async (t) => {
  const { open, state, requests } = await openClient(t, browser);
  const page = await open();
  // The name of the upload is hashed first: that takes until somebody else has signed in.
  await page.evaluate(`
    const digest = crypto.subtle.digest.bind(crypto.subtle);
    const { promise, resolve } = Promise.withResolvers();
    globalThis.release = resolve;
    crypto.subtle.digest = async (...call) => {
      globalThis.begun = true;
      await promise;
      return digest(...call);
    };
    const file = new File([new Uint8Array(17 * 1024 * 1024)], 'a.bin');
    void gateway.files.upload(file).catch(({ code }) => { globalThis.code = code; });
  `);
  await waitUntil(page, 'globalThis.begun');
  const signedOut = JSON.stringify({ signedOut: ALICE.id });
  await page.evaluate(`new BroadcastChannel('cookie-gateway').postMessage(${signedOut})`);
  await waitUntil(page, `heard.some(([event]) => event === 'signedout')`);
  state.user = BOB;
  const { user } = await page.evaluate<{ user: object }>('gateway.session()');
  t.match(user, BOB);
  await page.evaluate('release()');
  await waitUntil(page, 'globalThis.code');
  t.equal(await page.evaluate('code'), 'no_session');
  t.equal(requests('POST /api/uploads').length, 0);
});
