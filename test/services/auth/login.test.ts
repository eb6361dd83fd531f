import { createHash } from 'node:crypto';
import t from 'tap';
import { deriveUserId } from '../../../services/auth/domain/user-id.ts';
import { CookieJar, parseJson, send } from '../../support/client.ts';
import { type Misbehavior, startMisbehavingProvider } from './support/misbehaving-provider.ts';
import { attemptLogin, beginLogin, callback, startService, startStore } from './support/service.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);
const service = await startService(t, provider.issuer);
const { origin } = service;

const attempt = (misbehavior: Misbehavior = {}, options: { jar?: CookieJar; returnTo?: string } = {}) =>
  attemptLogin(service, provider, misbehavior, options);

/** The names of the cookies that an answer sets. Cleared cookies do not count. */
function cookiesSet(answer: Response): string[] {
  return answer.headers
    .getSetCookie()
    .filter((line) => !/Max-Age=0|Expires=Thu, 01 Jan 1970/.test(line))
    .map((line) => line.slice(0, line.indexOf('=')));
}

async function userOf(jar: CookieJar): Promise<string | undefined> {
  const answer = await send(jar, `${origin}/auth/session`);
  return answer.status === 200 ? (await parseJson<{ user: { id: string } }>(answer)).user.id : undefined;
}

t.test('a sign-in: code flow, PKCE S256, state, nonce; then return_to with a session', async (t) => {
  const { answer, jar } = await attempt({}, { returnTo: '/a?b=c' });
  t.equal(answer.status, 302);
  t.equal(answer.headers.get('location'), '/a?b=c');
  t.equal(await userOf(jar), deriveUserId(provider.issuer, 'alice'));
  const asked = provider.authorizationRequests.at(-1);
  t.match(Object.fromEntries(asked ?? []), {
    response_type: 'code',
    scope: 'openid profile email',
    code_challenge_method: 'S256',
    redirect_uri: `${origin}/auth/callback`,
    state: /^[\w-]{43}$/,
    nonce: /^[\w-]{43}$/,
  });
  const { authorization, body } = provider.tokenRequests.at(-1) ?? {};
  const basic = Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64').toString();
  t.equal(basic, 'gateway:a-secret-of-the-client');
  t.equal(
    asked?.get('code_challenge'),
    createHash('sha256')
      .update(body?.get('code_verifier') ?? '')
      .digest('base64url'),
  );
});

t.test('the client secret by post, and other scopes', async (t) => {
  const other = await startService(t, provider.issuer, {
    OIDC_TOKEN_ENDPOINT_AUTH_METHOD: 'client_secret_post',
    OIDC_SCOPES: 'openid groups',
  });
  t.equal((await attemptLogin(other, provider)).answer.status, 302);
  t.equal(provider.authorizationRequests.at(-1)?.get('scope'), 'openid groups');
  const { authorization, body } = provider.tokenRequests.at(-1) ?? {};
  t.equal(authorization, undefined);
  t.equal(body?.get('client_secret'), 'a-secret-of-the-client');
});

const seconds = Math.floor(Date.now() / 1_000);
const badTokens: [name: string, misbehavior: Misbehavior][] = [
  ['aud of another client', { claims: { aud: 'other' } }],
  ['aud with one more and no azp', { claims: { aud: ['gateway', 'other'] } }],
  ['azp of another client', { claims: { azp: 'other' } }],
  ['azp of another client beside two audiences', { claims: { aud: ['gateway', 'other'], azp: 'other' } }],
  ['iss of another provider', { claims: { iss: 'https://evil.example' } }],
  ['exp in the past', { claims: { exp: seconds - 3_600 } }],
  ['exp missing', { claims: { exp: undefined } }],
  ['iat long past', { claims: { iat: seconds - 3_600 } }],
  ['iat in the future', { claims: { iat: seconds + 3_600 } }],
  ['iat missing', { claims: { iat: undefined } }],
  ['nonce of another sign-in', { claims: { nonce: 'other' } }],
  ['nonce missing', { claims: { nonce: undefined } }],
  ['sub missing', { claims: { sub: undefined } }],
  ['sub not text', { claims: { sub: 7 } }],
  ['signature by another key', { signature: 'wrong key' }],
  ['signature cut off', { signature: 'cut' }],
  ['alg none', { signature: 'none' }],
  ['HS256 with the public key', { signature: 'HS256 with the public key' }],
  ['sub of userinfo is another', { userInfo: { sub: 'mallory', name: 'Mallory' }, claims: {} }],
];
t.test('a wrong ID token signs nobody in', async (t) => {
  for (const [name, misbehavior] of badTokens.slice(0, -1)) {
    const { answer, code } = await attempt(misbehavior);
    t.equal(code, 'login_failed', name);
    t.equal(answer.status, 502, name);
    t.strictSame(cookiesSet(answer), [], name);
  }
});

t.test('userinfo of another subject is not shown', async (t) => {
  const { jar } = await attempt(badTokens.at(-1)?.[1]);
  const session = await parseJson<{ user: object }>(await send(jar, `${origin}/auth/session`));
  t.strictSame(session.user, { id: deriveUserId(provider.issuer, 'alice') });
});

t.test('subjects: ASCII up to 255, case counts', async (t) => {
  for (const subject of ['', 'x'.repeat(256), 'é', 'a\u0000b', '写', '\ud800']) {
    const { code, answer } = await attempt({ subject });
    t.equal(code, 'user_id_unusable', JSON.stringify(subject).slice(0, 20));
    t.strictSame(cookiesSet(answer), []);
  }
  const ids = [];
  for (const subject of ['x'.repeat(255), 'Alice', 'alice'])
    ids.push(await userOf((await attempt({ subject })).jar));
  t.equal(new Set(ids).size, 3);
  t.notOk(ids.includes(undefined));
});

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

t.test('PKCE downgrade: S256, even if the provider claims to support only plain', async (t) => {
  provider.is({ metadata: { code_challenge_methods_supported: ['plain'] } });
  const other = await startService(t, provider.issuer);
  t.equal((await attemptLogin(other, provider)).answer.status, 302);
  t.equal(provider.authorizationRequests.at(-1)?.get('code_challenge_method'), 'S256');
});

t.test('metadata of another issuer are refused', async (t) => {
  provider.is({ metadata: { issuer: 'https://evil.example' } });
  const other = await startService(t, provider.issuer);
  const login = await fetch(`${other.origin}/auth/login`, { redirect: 'manual' });
  t.equal(login.status, 503);
  provider.is({});
  t.equal((await attemptLogin(other, provider)).answer.status, 302, 'it is asked again');
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

t.test('a transaction that this service did not seal', async (t) => {
  provider.is({});
  const other = await startService(t, provider.issuer);
  const { jar, callbackUrl } = await beginLogin(other);
  const here = `${origin}/auth/callback${new URL(callbackUrl).search}`;
  t.equal((await callback(jar, here)).code, 'login_cookie_missing');
});

t.test('the session id changes at every sign-in (fixation), and the former session is gone', async (t) => {
  const jar = new CookieJar();
  const planted = 'x'.repeat(43);
  provider.is({});
  const begun = await beginLogin(service, { jar });
  const login = jar.names()[0] ?? '';
  await callback(jar, begun.callbackUrl, {
    cookie: `${login}=${jar.get(login)}; __Host-session=${planted}`,
  });
  const first = jar.get('__Host-session');
  t.not(first, planted);
  const before = `__Host-session=${first}`;
  await attempt({}, { jar });
  t.not(jar.get('__Host-session'), first);
  const answer = await fetch(`${origin}/auth/session`, { headers: { cookie: before } });
  t.equal(answer.status, 401);
});

t.test("if a person signs in while another is signed in, the other's CloudFront cookies go", async (t) => {
  const { jar } = await attempt({ subject: 'bob' });
  const bob = deriveUserId(provider.issuer, 'bob');
  const { answer } = await attempt({ subject: 'carol' }, { jar });
  const cleared = answer.headers
    .getSetCookie()
    .filter((line) => line.includes(`Path=/users/${bob}/`) && /^CloudFront-\S+=;/.test(line));
  t.equal(cleared.length, 4);
  t.equal(await userOf(jar), deriveUserId(provider.issuer, 'carol'));
});

t.test("if a person signs in long after another's session, the other's CloudFront cookies go", async (t) => {
  const { jar } = await attempt({ subject: 'bob' });
  const bob = deriveUserId(provider.issuer, 'bob');
  const { answer } = await attempt({ subject: 'carol' }, { jar: jar.without('__Host-session') });
  const lines = answer.headers.getSetCookie();
  t.equal(
    lines.filter((line) => /^CloudFront-\S+=;/.test(line) && line.includes(`/users/${bob}/`)).length,
    4,
  );
  t.ok(lines.some((line) => line.startsWith(`__Host-files-${bob}=;`)));
});

t.test('a refused sign-in leaves the existing session', async (t) => {
  const { jar } = await attempt({ subject: 'bob' });
  t.equal((await attempt({ signature: 'none' }, { jar })).code, 'login_failed');
  t.equal(await userOf(jar), deriveUserId(provider.issuer, 'bob'));
});

t.test('hostile words of a provider are not shown; the page has a code and a way back', async (t) => {
  provider.is({
    authorizationResponse: {
      code: undefined,
      error: '<script>alert(1)</script>',
      error_description: '<img src=x onerror=alert(2)>',
      error_uri: 'https://evil.example/help',
    },
  });
  const { jar, callbackUrl } = await beginLogin(service);
  const { answer } = await callback(jar, callbackUrl, { accept: 'text/html,*/*' });
  const html = await answer.text();
  t.equal(answer.status, 403);
  t.match(answer.headers.get('content-type'), 'text/html');
  t.match(html, '<code>login_refused</code>');
  t.match(html, `href="${origin}/auth/login?return_to=/"`);
  t.notMatch(html, /alert\(|evil/);
});

t.test('a token endpoint that answers nonsense, or an error', async (t) => {
  for (const text of ['<html>', '{"access_token":"x"}', '{}', 'null', '{"error":"server_error"}']) {
    const { code, answer } = await attempt({ tokenResponse: async () => text });
    t.equal(code, 'login_failed', text);
    t.strictSame(cookiesSet(answer), []);
  }
});

t.test('return_to never leaves the app host', async (t) => {
  const payloads = [
    '//evil',
    '/\\evil',
    '/%09/evil',
    '/%5cevil',
    '\\/evil',
    'https:evil',
    'https:/evil',
    '///evil',
    '/.evil',
    '@evil',
    '%20//evil',
    '/%20/evil',
    '/ /evil',
    '/\t/evil',
    '/\t\t//evil',
    '\t//evil',
    '/%0a/evil',
    '%2f%2fevil',
    `${origin}.evil`,
    `${origin}@evil`,
    `${origin}:1@evil`,
    'javascript:alert(1)',
    'data:text/html,x',
    '/a\r\nLocation: https://evil',
    `/${'a'.repeat(8_000)}`,
    '/..//evil',
    '/%2e%2e//evil',
    'http:///evil',
  ];
  for (const payload of payloads) {
    const { answer } = await attempt({}, { returnTo: payload });
    const location = answer.headers.get('location') ?? '//none';
    t.equal(new URL(location, origin).origin, origin, JSON.stringify(payload).slice(0, 40));
    t.match(location, /^\/(?![/\\])/, location.slice(0, 40));
  }
  for (const query of ['return_to=/a&return_to=/b', 'return_to[]=/a', 'return_to[0]=/a', '']) {
    provider.is({});
    const jar = new CookieJar();
    const login = await send(jar, `${origin}/auth/login?${query}`);
    const authorize = await fetch(login.headers.get('location') ?? '', { redirect: 'manual' });
    const { answer } = await callback(jar, authorize.headers.get('location') ?? '');
    t.equal(answer.headers.get('location'), '/', query);
  }
});

t.test('a client secret that needs escaping arrives whole (RFC 6749, appendix B)', async (t) => {
  const secret = 'a:b c%2B+&=-_.~é';
  const other = await startService(t, provider.issuer, { OIDC_CLIENT_SECRET: secret });
  t.equal((await attemptLogin(other, provider)).answer.status, 302);
  const { authorization = '' } = provider.tokenRequests.at(-1) ?? {};
  const [id, password = ''] = Buffer.from(authorization.slice(6), 'base64').toString().split(':');
  t.equal(id, 'gateway');
  t.equal(new URLSearchParams(`x=${password}`).get('x'), secret);
});
