import { randomBytes } from 'node:crypto';
import t from 'tap';
import { deriveUserId, parseUserId } from '../../../core/user-id.ts';
import { sidPointer } from '../../../services/auth/table/pointer.ts';
import { type CookieJar, parseJson, send } from '../../support/client.ts';
import { type Misbehavior, startMisbehavingProvider } from './support/misbehaving-provider.ts';
import { attemptLogin, beginLogin, callback, startService, startStore } from './support/service.ts';

await startStore(t);

const provider = await startMisbehavingProvider(t);
const FULL = { name: 'A', email: 'a@other.example', email_verified: true };

t.test('e-mail domains: only a verified address under one of them', async (t) => {
  const service = await startService(t, provider.issuer, {
    ALLOWED_EMAIL_DOMAINS: 'example.com,Example.org',
  });
  const attempt = (misbehavior: Misbehavior) => attemptLogin(service, provider, misbehavior);
  const allowed: Misbehavior[] = [
    { userInfo: { email: 'a@example.com', email_verified: true } },
    { userInfo: { email: 'A@EXAMPLE.ORG', email_verified: true } },
    { userInfo: { email: 'a@example.com', email_verified: 'true' } },
    { claims: { ...FULL, email: 'a@example.com' }, userInfo: 'down' },
  ];
  for (const misbehavior of allowed) {
    t.equal((await attempt(misbehavior)).answer.status, 302, JSON.stringify(misbehavior));
  }
  const refused: Misbehavior[] = [
    { userInfo: { email: 'a@example.com', email_verified: false } },
    { userInfo: { email: 'a@example.com' } },
    { userInfo: { email: 'a@example.com', email_verified: 'yes' } },
    { userInfo: { email: 'a@sub.example.com', email_verified: true } },
    { userInfo: { email: 'a@notexample.com', email_verified: true } },
    { userInfo: { email: 'a@example.com.evil', email_verified: true } },
    { userInfo: { email: 'a@evil@example.com', email_verified: true } },
    { userInfo: { email: 'a@example.com@evil', email_verified: true } },
    { userInfo: { email: '@example.com', email_verified: true } },
    { userInfo: { email: 'example.com', email_verified: true } },
    { userInfo: { email: ['a@example.com'], email_verified: true } },
    { userInfo: { email_verified: true } },
    // The address comes from one source, its verification from another.
    { claims: { email: 'a@other.example', email_verified: true }, userInfo: { email: 'a@example.com' } },
  ];
  for (const [index, misbehavior] of refused.entries()) {
    const { answer, code, jar } = await attempt(misbehavior);
    t.equal(code, 'not_allowed', JSON.stringify(misbehavior));
    t.equal(answer.status, 403, `row ${index}`);
    t.strictSame(jar.names(), [], 'nothing is set');
  }
  t.equal((await attempt({ userInfo: 'down' })).code, 'login_failed', 'an unknown claim is not refused');
});

t.test("one claim's value", async (t) => {
  const service = await startService(t, provider.issuer, { ALLOWED_CLAIM: 'groups=staff=1' });
  const attempt = async (groups: unknown) => {
    const { answer } = await attemptLogin(service, provider, { claims: { groups } });
    return answer.status;
  };
  t.equal(await attempt('staff=1'), 302);
  t.equal(await attempt(['guests', 'staff=1']), 302);
  for (const groups of [
    'staff',
    'staff=1 ',
    ['staff'],
    true,
    null,
    { 'staff=1': 1 },
    [['staff=1']],
    undefined,
  ]) {
    t.equal(await attempt(groups), 403, JSON.stringify(groups));
  }
});

for (const method of ['client_secret_basic', 'client_secret_post']) {
  t.test(`${method}: a secret that the provider refuses`, async (t) => {
    const provider = await startMisbehavingProvider(t);
    const service = await startService(t, provider.issuer, {
      OIDC_CLIENT_SECRET: 'the-secret',
      OIDC_TOKEN_ENDPOINT_AUTH_METHOD: method,
    });
    const code = async (misbehavior: Misbehavior) =>
      (await attemptLogin(service, provider, misbehavior)).code;
    t.equal(await code({ clientSecret: 'the-secret' }), undefined);
    t.equal(await code({ clientSecret: 'another' }), 'login_failed');
    t.equal(await code({ clientSecret: 'another', challenges: true }), 'login_failed');
  });
}

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

t.test("if the issuer's address changes, USER_ID_ISSUER keeps ids, owners and sign-outs", async (t) => {
  const before = await startMisbehavingProvider(t);
  const after = await startMisbehavingProvider(t);
  const moved = { USER_ID_ISSUER: before.issuer };
  const owning = { USER_ID_CLAIM: 'employee' };
  for (const [changes, claims, id] of [
    [{}, {}, deriveUserId(before.issuer, 'alice')],
    [owning, { employee: 'E-1' }, 'E-1'],
  ] as const) {
    const old = await startService(t, before.issuer, changes);
    t.equal((await attemptLogin(old, before, { claims })).answer.status, 302, JSON.stringify(changes));
    const service = await startService(t, after.issuer, { ...changes, ...moved });
    const { jar, answer } = await attemptLogin(service, after, { claims });
    t.equal(answer.status, 302, JSON.stringify(changes));
    const shown = () => send(jar, `${service.origin}/auth/session`);
    t.match(await parseJson(await shown()), { user: { id } }, JSON.stringify(changes));
    const logout_token = await after.logoutToken('alice', Math.floor(Date.now() / 1_000));
    const body = new URLSearchParams({ logout_token });
    t.equal(
      (await fetch(`${service.origin}/auth/backchannel-logout`, { method: 'POST', body })).status,
      200,
      JSON.stringify(changes),
    );
    t.equal((await shown()).status, 401, JSON.stringify(changes));
  }
  const without = await startService(t, after.issuer, owning);
  const { code } = await attemptLogin(without, after, { claims: { employee: 'E-1' } });
  t.equal(code, 'user_id_taken', 'the same subject of another issuer is another person');
});

t.test('a hundred users have signed in with one sid, and one more cannot', async (t) => {
  const provider = await startMisbehavingProvider(t);
  const service = await startService(t, provider.issuer, { USER_ID_CLAIM: 'employee' });
  const expiresAtEpoch = Math.floor(Date.now() / 1_000) + 600;
  const session = { issuedAtEpoch: expiresAtEpoch - 600, expiresAtEpoch };
  for (let user = 0; user < 100; user++)
    await service.stores.pointers.join(sidPointer(provider.issuer, 's'), parseUserId(`u${user}`), session, 0);
  const signIn = async (sid: string) =>
    (await attemptLogin(service, provider, { claims: { employee: 'E-7', sid } })).code;
  t.strictSame([await signIn('s'), await signIn('other')], ['too_many_logins', undefined]);
});
