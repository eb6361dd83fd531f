import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { CookieJar, send } from '../../../support/client.ts';
import { rawRequest } from '../../../support/raw-request.ts';
import { startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { attemptLogin, startService, startStore } from '../support/service.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);

function codeOf(body: Buffer | string): unknown {
  const parsed: unknown = JSON.parse(body.toString());
  return typeof parsed === 'object' && parsed !== null && 'code' in parsed ? parsed.code : undefined;
}

async function signIn(service: { origin: string }, subject: string): Promise<CookieJar> {
  return (await attemptLogin(service, provider, { subject })).jar;
}

t.test('each limited operation refuses one address, independently, with Retry-After', async (t) => {
  const { origin, app } = await startService(t, provider.issuer, { RATE_LIMIT_PER_MINUTE: '2' });
  const limits: [path: string, method: 'GET' | 'POST', max: number, status: number][] = [
    ['/auth/login', 'GET', 20, 302],
    ['/auth/callback', 'GET', 2, 400],
    ['/nowhere', 'GET', 2, 404],
    ['/api/uploads', 'POST', 20, 401],
    ['/auth/session', 'GET', 20, 401],
    ['/auth/refresh', 'POST', 20, 401],
    ['/auth/logout', 'POST', 20, 303],
    ['/auth/end-session?ticket=made-up', 'GET', 20, 400],
    ['/auth/signed-out', 'GET', 20, 400],
    ['/api/files', 'GET', 20, 401],
  ];
  for (const [url, method, max, status] of limits) {
    const send = () => app.inject({ url, method, headers: { host: new URL(origin).host, origin } });
    for (let count = 0; count < max; count++) t.equal((await send()).statusCode, status, `${url} ${count}`);
    const refused = await send();
    t.equal(refused.statusCode, 429, url);
    t.equal(codeOf(refused.body), 'too_many_requests', `${method} ${url}`);
    t.match(refused.headers['retry-after'], /^[1-9][0-9]?$/, `${method} ${url}`);
  }
  // It counts down from a minute. The error handler has a number of its own, for a refusal that has none.
  let seconds = 60;
  for (let asked = 0; seconds === 60 && asked < 50; asked++) {
    await setTimeout(100);
    seconds = Number((await fetch(`${origin}/auth/callback`)).headers.get('retry-after'));
  }
  t.ok(seconds > 40 && seconds < 60, `${seconds} s`);
  t.equal((await fetch(`${origin}/another-nowhere`)).status, 429, 'all unknown paths count as one');
  t.equal((await fetch(`${origin}/api/sessions`)).status, 401, 'the rest goes on');
  t.equal((await fetch(`${origin}/`)).status, 200);
});

t.test('people behind one address do not refuse each other: only what fails is limited', async (t) => {
  const service = await startService(t, provider.issuer, { RATE_LIMIT_PER_MINUTE: '2' });
  const { origin, stores } = service;
  const [ann, ben] = [await signIn(service, 'ann'), await signIn(service, 'ben')];
  const session = async (jar: CookieJar) => (await send(jar, `${origin}/auth/session`)).status;
  for (let count = 0; count < 30; count++) {
    const answers = await Promise.all([ann, ben, new CookieJar()].map(session));
    t.strictSame(answers, [200, 200, count < 20 ? 401 : 429], `${count}`);
  }
  const list = () => send(ann, `${origin}/api/sessions`);
  for (let count = 0; count < 30; count++) t.equal((await list()).status, 200);
  const over = ann.without('');
  t.equal((await send(ann, `${origin}/auth/logout`, { method: 'POST', headers: { origin } })).status, 303);
  const { read } = stores.users;
  let reads = 0;
  stores.users.read = (id) => {
    reads++;
    return read(id);
  };
  const look = async () => (await send(over.without(''), `${origin}/api/sessions`)).status;
  t.strictSame([await look(), await look(), await look()], [401, 401, 429]);
  t.equal(reads, 2, 'a session that is over is looked up as often as the limit says');
  t.equal(await session(ben), 200);
});

t.test('a foreign page that opens links again and again keeps nobody of its address out', async (t) => {
  const { origin } = await startService(t, provider.issuer, { RATE_LIMIT_PER_MINUTE: '1', TEAMS: 'made' });
  const open = async (from: string) => {
    const headers = { origin: from, 'content-type': 'application/json' };
    const body = JSON.stringify({ secret: 'none' });
    const answer = await fetch(`${origin}/auth/links/open`, { method: 'POST', headers, body });
    return codeOf(await answer.text());
  };
  for (let count = 0; count < 20; count++) {
    const code = count < 10 ? 'cross_origin' : 'too_many_requests';
    t.equal(await open('https://foreign.example'), code, `${count}`);
  }
  for (let count = 0; count < 12; count++) {
    t.equal(await open(origin), count < 10 ? 'link_over' : 'too_many_requests', `guess ${count}`);
  }
});

t.test('what asks S3 for lists is limited by user, wherever the user asks from', async (t) => {
  const service = await startService(t, provider.issuer, {
    RATE_LIMIT_PER_MINUTE: '1',
    TRUSTED_PROXIES: '127.0.0.1',
  });
  const { origin, deps } = service;
  let lists = 0;
  deps.objects.list = async () => {
    lists++;
    return { files: [], lastKey: undefined };
  };
  deps.objects.find = async () => {
    lists++;
    return undefined;
  };
  const [ann, ben] = [await signIn(service, 'ann-lists'), await signIn(service, 'ben-lists')];
  const ask = async (jar: CookieJar, path: string, count: number) => {
    const headers = { origin, 'content-type': 'application/json', 'x-forwarded-for': `192.0.2.${count}` };
    const described = { method: 'POST', body: JSON.stringify({ name: 'a', etag: 'e' }) };
    const request = path === '/api/files/details' ? described : {};
    const answer = await send(jar.without(''), origin + path, { headers, ...request });
    return [answer.status, answer.headers.has('retry-after')];
  };
  for (const [path, status] of [
    ['/api/files', 200],
    ['/api/files/usage', 200],
    ['/api/shares', 200],
    ['/api/files/details', 404],
  ] as const) {
    for (let count = 0; count < 10; count++) t.strictSame(await ask(ann, path, count), [status, false], path);
    const before = lists;
    t.strictSame(await ask(ann, path, 11), [429, true], path);
    t.equal(lists, before, 'S3 is not asked');
    t.strictSame(await ask(ben, path, 11), [status, false], 'somebody else goes on');
  }
});

t.test('in the local stack a hundred requests a second are no flood', async (t) => {
  const { origin, app } = await startService(t, provider.issuer);
  const headers = { host: new URL(origin).host };
  const answers = await Promise.all(
    // More than the thousand that the library allows by itself.
    Array.from({ length: 1_001 }, () => app.inject({ url: '/auth/callback', headers })),
  );
  t.strictSame(new Set(answers.map(({ body }) => codeOf(body))), new Set(['login_cookie_missing']));
});

t.test('without named proxies no forwarded header counts', async (t) => {
  const { origin } = await startService(t, provider.issuer, { RATE_LIMIT_PER_MINUTE: '1' });
  t.equal((await rawRequest(origin, '/auth/callback')).status, 400);
  for (const name of [
    'X-Forwarded-For',
    'X_Forwarded_For',
    'Forwarded',
    'X-Real-IP',
    'True-Client-IP',
    'CF-Connecting-IP',
    'X-Client-IP',
  ]) {
    const { status } = await rawRequest(origin, '/auth/callback', { [name]: '192.0.2.1' });
    t.equal(status, 429, name);
  }
});

t.test('only X-Forwarded-For of a named proxy counts, from the right, in one spelling', async (t) => {
  const { origin, app } = await startService(t, provider.issuer, {
    RATE_LIMIT_PER_MINUTE: '1',
    TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8',
  });
  const from = async (headers: Record<string, string>, remoteAddress = '127.0.0.1') => {
    const { statusCode } = await app.inject({
      url: '/auth/callback',
      headers: { host: new URL(origin).host, ...headers },
      remoteAddress,
    });
    return statusCode;
  };
  t.equal(await from({ 'x-forwarded-for': '192.0.2.1' }), 400);
  t.equal(await from({ 'x-forwarded-for': '192.0.2.1' }), 429);
  t.equal(await from({ 'x-forwarded-for': '192.0.2.2' }), 400);
  t.equal(
    await from({ 'x-forwarded-for': '203.0.113.9, 192.0.2.2' }),
    429,
    "a client's own additions do not count",
  );
  t.equal(await from({ 'x-forwarded-for': '192.0.2.2, 10.1.2.3' }), 429, 'two named proxies');
  t.equal(
    await from({ 'x-forwarded-for': '192.0.2.3' }, '198.51.100.1'),
    400,
    'a stranger counts by its own address',
  );
  t.equal(await from({ 'x-forwarded-for': '192.0.2.4' }, '198.51.100.1'), 429);
  t.equal(await from({ x_forwarded_for: '192.0.2.5' }), 400, 'the proxy counts as itself');
  t.equal(await from({ x_forwarded_for: '192.0.2.6' }), 429);
  t.equal(await from({ 'x-forwarded-for': '2001:db8::1' }), 400);
  t.equal(await from({ 'x-forwarded-for': '2001:db8::2' }), 429, 'a /64 of IPv6 is one address');
});

t.test('public host and scheme come from the configuration', async (t) => {
  const { origin } = await startService(t, provider.issuer, { TRUSTED_PROXIES: '127.0.0.1' });
  const { head } = await rawRequest(origin, '/auth/login', {
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Proto': 'https',
    'X-Original-URL': '/auth/session',
  });
  t.match(head, encodeURIComponent(`${origin}/auth/callback`));
  t.notMatch(head, /evil/);
  t.equal((await fetch(origin.replace('localhost', '127.0.0.1'))).status, 421);
});
