import t from 'tap';
import { TIME_LIMITS } from '../../../../services/auth/settings/time-limits.ts';
import { send } from '../../../support/client.ts';
import { type MisbehavingProvider, startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { attemptLogin, type Service, startService, startStore } from '../support/service.ts';

await startStore(t);

const logOut = (service: Service, logout_token: string) =>
  fetch(`${service.origin}/auth/backchannel-logout`, {
    method: 'POST',
    body: new URLSearchParams({ logout_token }),
  });
const signsIn = async (service: Service, provider: MisbehavingProvider) =>
  (await attemptLogin(service, provider)).answer.status;

t.test('a new key or algorithm counts at once, for sign-ins and logouts', async (t) => {
  const provider = await startMisbehavingProvider(t);
  const service = await startService(t, provider.issuer);
  t.equal(await signsIn(service, provider), 302);
  for (const alg of ['RS256', 'ES256', 'RS256'] as const) {
    provider.rotate(alg);
    t.equal(await signsIn(service, provider), 302, alg);
  }
  for (let rotation = 0; rotation < 2; rotation++) {
    provider.rotate('RS256', 'the one name');
    provider.forgetOldKeys();
    t.equal(await signsIn(service, provider), 302, 'under the name of the key before');
  }
  provider.rotate('ES256');
  const { jar } = await attemptLogin(service, provider);
  provider.rotate('ES256');
  const token = await provider.logoutToken('alice', Math.floor(Date.now() / 1_000));
  t.equal((await logOut(service, token)).status, 200);
  t.equal((await send(jar, `${service.origin}/auth/session`)).status, 401);
});

t.test('one fetch in five seconds for everybody; later calls wait for the next fetch', async (t) => {
  const provider = await startMisbehavingProvider(t);
  const limits = { ...TIME_LIMITS, keysMs: 1_500 };
  const service = await startService(t, provider.issuer, {}, false, limits);
  t.equal(await signsIn(service, provider), 302);
  const begun = performance.now();
  t.equal(provider.keyRequests(), 1);
  provider.rotate('RS256');
  const token = () => provider.logoutToken('bob', Math.floor(Date.now() / 1_000));
  const unknown = new Array(20).fill(0).map(async () => (await logOut(service, await token())).status);
  t.strictSame(await Promise.all(unknown), new Array(20).fill(200));
  t.equal(provider.keyRequests(), 2);
  t.ok(performance.now() - begun >= 1_000, `${performance.now() - begun} ms`);
  // A key that nobody knows causes one more fetch, and is refused.
  const stranger = await startMisbehavingProvider(t);
  stranger.rotate('RS256');
  stranger.rotate('RS256');
  const foreign = await stranger.logoutToken('bob', Math.floor(Date.now() / 1_000), { iss: provider.issuer });
  const refused = new Array(20).fill(0).map(async () => (await logOut(service, foreign)).status);
  t.strictSame(await Promise.all(refused), new Array(20).fill(400));
  t.equal(provider.keyRequests(), 3);
});

t.test('keys that cannot be fetched say nothing about a token', async (t) => {
  const provider = await startMisbehavingProvider(t);
  const service = await startService(t, provider.issuer);
  const { code } = await attemptLogin(service, provider, { keys: 'down' });
  t.equal(code, 'provider_unavailable');
  const token = await provider.logoutToken('alice', Math.floor(Date.now() / 1_000));
  t.equal((await logOut(service, token)).status, 503);
  provider.is({});
  t.equal((await logOut(service, token)).status, 200);
});
