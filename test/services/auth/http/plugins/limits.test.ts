import t from 'tap';
import { rawRequest } from '../../../../support/raw-request.ts';
import { startMisbehavingProvider } from '../../support/misbehaving-provider.ts';
import { startService, startStore } from '../../support/service.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);

function codeOf(body: Buffer | string): unknown {
  const parsed: unknown = JSON.parse(body.toString());
  return typeof parsed === 'object' && parsed !== null && 'code' in parsed ? parsed.code : undefined;
}

t.test('each limited operation refuses one address, independently, with Retry-After', async (t) => {
  const { origin, app } = await startService(t, provider.issuer, { RATE_LIMIT_PER_MINUTE: '2' });
  const limits: [path: string, method: 'GET' | 'POST', max: number, status: number][] = [
    ['/auth/login', 'GET', 2, 302],
    ['/auth/callback', 'GET', 2, 400],
    ['/nowhere', 'GET', 2, 404],
    ['/api/uploads', 'POST', 20, 401],
  ];
  for (const [url, method, max, status] of limits) {
    const send = () => app.inject({ url, method, headers: { host: new URL(origin).host, origin } });
    for (let count = 0; count < max; count++) t.equal((await send()).statusCode, status, `${url} ${count}`);
    const refused = await send();
    t.equal(refused.statusCode, 429, url);
    t.equal(codeOf(refused.body), 'too_many_requests');
    t.match(refused.headers['retry-after'], /^[1-9][0-9]?$/);
  }
  t.equal((await fetch(`${origin}/another-nowhere`)).status, 429, 'all unknown paths count as one');
  t.equal((await fetch(`${origin}/auth/session`)).status, 401, 'the rest goes on');
  t.equal((await fetch(`${origin}/`)).status, 200);
});

t.test('in the local stack a hundred requests a second are no flood', async (t) => {
  const { origin, app } = await startService(t, provider.issuer);
  const headers = { host: new URL(origin).host };
  const answers = await Promise.all(
    Array.from({ length: 500 }, () => app.inject({ url: '/auth/callback', headers })),
  );
  t.strictSame(new Set(answers.map(({ statusCode }) => statusCode)), new Set([400]));
});

t.test('without named proxies no forwarded header counts', async (t) => {
  const { origin } = await startService(t, provider.issuer, { RATE_LIMIT_PER_MINUTE: '1' });
  t.equal((await rawRequest(origin, '/auth/login')).status, 302);
  for (const name of [
    'X-Forwarded-For',
    'X_Forwarded_For',
    'Forwarded',
    'X-Real-IP',
    'True-Client-IP',
    'CF-Connecting-IP',
    'X-Client-IP',
  ]) {
    const { status } = await rawRequest(origin, '/auth/login', { [name]: '192.0.2.1' });
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
      url: '/auth/login',
      headers: { host: new URL(origin).host, ...headers },
      remoteAddress,
    });
    return statusCode;
  };
  t.equal(await from({ 'x-forwarded-for': '192.0.2.1' }), 302);
  t.equal(await from({ 'x-forwarded-for': '192.0.2.1' }), 429);
  t.equal(await from({ 'x-forwarded-for': '192.0.2.2' }), 302);
  t.equal(
    await from({ 'x-forwarded-for': '203.0.113.9, 192.0.2.2' }),
    429,
    "a client's own additions do not count",
  );
  t.equal(await from({ 'x-forwarded-for': '192.0.2.2, 10.1.2.3' }), 429, 'two named proxies');
  t.equal(
    await from({ 'x-forwarded-for': '192.0.2.3' }, '198.51.100.1'),
    302,
    'a stranger counts by its own address',
  );
  t.equal(await from({ 'x-forwarded-for': '192.0.2.4' }, '198.51.100.1'), 429);
  t.equal(await from({ x_forwarded_for: '192.0.2.5' }), 302, 'the proxy counts as itself');
  t.equal(await from({ x_forwarded_for: '192.0.2.6' }), 429);
  t.equal(await from({ 'x-forwarded-for': '2001:db8::1' }), 302);
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
