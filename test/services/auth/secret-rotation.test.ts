import { randomBytes } from 'node:crypto';
import t from 'tap';
import { type CookieJar, send } from '../../support/client.ts';
import { type Misbehavior, startMisbehavingProvider } from './support/misbehaving-provider.ts';
import { attemptLogin, beginLogin, callback, startService, startStore } from './support/service.ts';

await startStore(t);

t.test('after a replacement, the old client secret is tried if the new one is refused', async (t) => {
  const provider = await startMisbehavingProvider(t);
  const other = await startService(t, provider.issuer, {
    OIDC_CLIENT_SECRET: 'new-secret',
    OIDC_CLIENT_SECRET_PREVIOUS: 'old-secret',
  });
  const requestsFor = async (misbehavior: Misbehavior) => {
    const before = provider.tokenRequests.length;
    const { answer, code } = await attemptLogin(other, provider, misbehavior);
    return [answer.status, code, provider.tokenRequests.length - before];
  };
  t.strictSame(await requestsFor({ clientSecret: 'new-secret' }), [302, undefined, 1]);
  t.strictSame(await requestsFor({ clientSecret: 'old-secret' }), [302, undefined, 2]);
  t.strictSame(await requestsFor({ clientSecret: 'old-secret', challenges: true }), [302, undefined, 2]);
  t.strictSame(await requestsFor({ clientSecret: 'another' }), [502, 'login_failed', 2]);
  t.strictSame(
    await requestsFor({ claims: { nonce: 'x' } }),
    [502, 'login_failed', 1],
    'only a refused secret is tried again',
  );
  const alone = await startService(t, provider.issuer);
  t.equal((await attemptLogin(alone, provider, { clientSecret: 'another' })).code, 'login_failed');
});

t.test('a replaced LOGIN_SECRET still opens what it has sealed, and knows its sessions', async (t) => {
  const provider = await startMisbehavingProvider(t);
  const before = await startService(t, provider.issuer);
  const secret = before.settings['LOGIN_SECRET'] ?? '';
  const after = await startService(t, provider.issuer, {
    LOGIN_SECRET: randomBytes(32).toString('base64url'),
    LOGIN_SECRET_PREVIOUS: secret,
  });
  const { jar, callbackUrl } = await beginLogin(before);
  const there = `${after.origin}/auth/callback${new URL(callbackUrl).search}`;
  t.equal((await callback(jar, there)).answer.status, 302, 'a sign-in under way');
  const { jar: signedIn } = await attemptLogin(before, provider);
  const leave = async (to: { origin: string }, own: CookieJar) => {
    const headers = { Origin: to.origin };
    const answer = await send(own, `${to.origin}/auth/logout`, { method: 'POST', headers });
    const next = new URL(answer.headers.get('location') ?? '', to.origin);
    return new URL((await send(own, next.href)).headers.get('location') ?? '', to.origin).origin;
  };
  t.equal(await leave(after, signedIn), 'https://sign-out.example', "the session's ID token");
  const { jar: begunAfter } = await attemptLogin(after, provider);
  const session = async ({ origin }: { origin: string }) =>
    (await send(begunAfter, `${origin}/auth/session`)).status;
  t.strictSame([await session(after), await session(before)], [200, 401], 'the new one issues');
});
