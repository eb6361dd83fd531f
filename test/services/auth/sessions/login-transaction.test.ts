import { randomBytes } from 'node:crypto';
import t from 'tap';
import { loginCookieName } from '../../../../core/cookies.ts';
import { CookieJar } from '../../../support/client.ts';
import { beginLogin, callback, startService } from '../support/service.ts';
import { cookiesSet, startSignIn } from '../support/sign-in.ts';

const { provider, service, origin, attempt } = await startSignIn(t);

t.test('the authorization response: iss, state and code', async (t) => {
  const refused = async (name: string, changes: Record<string, string | undefined>, expected: string) => {
    const { code, answer } = await attempt({ authorizationResponse: changes });
    t.equal(code, expected, name);
    t.strictSame(cookiesSet(answer), [], name);
  };
  await refused(
    'iss of another provider (mix-up, RFC 9207)',
    { iss: 'https://evil.example' },
    'login_failed',
  );
  await refused('iss missing though announced', { iss: undefined }, 'login_failed');
  await refused('state missing', { state: undefined }, 'login_cookie_missing');
  await refused('state of nobody', { state: 'other' }, 'login_cookie_missing');
  await refused('code missing', { code: undefined }, 'login_failed');
  await refused('code of nobody', { code: 'other' }, 'login_failed');
  await refused('an error', { code: undefined, error: 'access_denied' }, 'login_refused');
  await refused('an error of another provider', { error: 'x', iss: 'https://evil.example' }, 'login_failed');
});

t.test('PKCE: a code that began with another verifier is refused', async (t) => {
  provider.is({});
  const one = await beginLogin(service);
  const two = await beginLogin(service);
  const mixed = new URL(two.callbackUrl);
  mixed.searchParams.set('code', new URL(one.callbackUrl).searchParams.get('code') ?? '');
  t.equal((await callback(two.jar, mixed.href)).code, 'login_failed');
});

t.test('a state that belongs to another browser, login CSRF', async (t) => {
  provider.is({});
  const attacker = await beginLogin(service);
  const { code, answer } = await callback(new CookieJar(), attacker.callbackUrl);
  t.equal(code, 'login_cookie_missing');
  t.strictSame(cookiesSet(answer), []);
});

t.test('doubled parameters', async (t) => {
  provider.is({});
  for (const [name, ...expected] of [
    ['state', 400, 'login_cookie_missing'],
    ['code', 502, 'login_failed'],
    ['iss', 502, 'login_failed'],
  ] as const) {
    const { jar, callbackUrl } = await beginLogin(service);
    const twice = new URL(callbackUrl);
    twice.searchParams.append(name, 'again');
    const { answer, code } = await callback(jar, twice.href);
    t.strictSame([answer.status, code], expected, name);
    t.strictSame(cookiesSet(answer), [], name);
  }
});

t.test('a transaction is used once, even by a copy of its cookie', async (t) => {
  provider.is({});
  const { jar, callbackUrl } = await beginLogin(service);
  const copy = new CookieJar();
  const name = jar.names()[0] ?? '';
  const cookie = `${name}=${jar.get(name)}`;
  t.equal((await callback(jar, callbackUrl)).answer.status, 302);
  t.notOk(jar.names().includes(name), 'the cookie is gone');
  const asked = provider.tokenRequests.length;
  const again = await callback(copy, callbackUrl, { cookie });
  t.equal(again.code, 'login_expired');
  t.equal(provider.tokenRequests.length, asked, 'the provider is not even asked');
  t.strictSame(cookiesSet(again.answer), []);
});

t.test('the back button after a sign-in leads to the start page', async (t) => {
  const { jar, callbackUrl } = await attempt();
  const { answer } = await callback(jar, callbackUrl);
  t.equal(answer.status, 302);
  t.equal(answer.headers.get('location'), '/');
});

t.test('a transaction ends after ten minutes', async (t) => {
  const late = await startService(t, provider.issuer);
  provider.is({});
  const begun = await beginLogin(late);
  const { now } = late.deps.clock;
  late.deps.clock.now = () => now() + 600_000;
  const { code, answer } = await callback(begun.jar, begun.callbackUrl);
  t.equal(code, 'login_expired');
  t.equal(answer.status, 400);
});

t.test('two tabs sign in at once', async (t) => {
  provider.is({});
  const jar = new CookieJar();
  const first = await beginLogin(service, { jar, returnTo: '/first' });
  const second = await beginLogin(service, { jar, returnTo: '/second' });
  t.equal((await callback(jar, second.callbackUrl)).answer.headers.get('location'), '/second');
  t.equal((await callback(jar, first.callbackUrl)).answer.headers.get('location'), '/first');
});

t.test('twenty abandoned sign-ins leave five cookies, the newest, and fit into the headers', async (t) => {
  const jar = new CookieJar();
  let last = '';
  for (let index = 0; index < 20; index++) {
    // Each sign-in is a second older than the next one.
    const at = Date.now() + index * 1_000;
    service.deps.clock.now = () => at;
    last = (await beginLogin(service, { jar, returnTo: `/${'r'.repeat(510)}` })).callbackUrl;
  }
  t.equal(jar.names().length, 5);
  t.ok(jar.header('/').length < 8_192, `${jar.header('/').length} bytes of cookies`);
  t.equal((await callback(jar, last)).answer.headers.get('location'), `/${'r'.repeat(510)}`);
  service.deps.clock.now = Date.now;
});

t.test('of hundreds of sign-ins that a request names, an answer drops ten', async (t) => {
  provider.is({});
  const cookie = Array.from({ length: 200 }, (_, index) => `${loginCookieName(`${index}`)}=x`);
  const headers = { cookie: cookie.join('; ') };
  const login = await fetch(`${service.origin}/auth/login`, { headers, redirect: 'manual' });
  const cleared = login.headers.getSetCookie().filter((line) => line.includes('=;'));
  t.strictSame([login.status, cleared.length], [302, 10]);
});

t.test('a transaction that this service did not seal', async (t) => {
  provider.is({});
  const other = await startService(t, provider.issuer, {
    LOGIN_SECRET: randomBytes(32).toString('base64url'),
  });
  const { jar, callbackUrl } = await beginLogin(other);
  const here = `${origin}/auth/callback${new URL(callbackUrl).search}`;
  t.equal((await callback(jar, here)).code, 'login_cookie_missing');
});
