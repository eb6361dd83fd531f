import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { buildApp } from '../../../../../services/auth/app.ts';
import { TIME_LIMITS } from '../../../../../services/auth/domain/time-limits.ts';
import { SERVER_LIMITS } from '../../../../../services/auth/http/plugins/limits.ts';
import { rawRequest } from '../../../../support/raw-request.ts';
import { shortened } from '../../../../support/shortened.ts';
import { startMisbehavingProvider } from '../../support/misbehaving-provider.ts';
import { attemptLogin, startService, startStore } from '../../support/service.ts';

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

t.test('a body or headers that are too large, too slow, or not HTTP', async (t) => {
  const { app, origin } = await startService(t, provider.issuer);
  const large = await fetch(`${origin}/auth/logout`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: `{"a":"${'a'.repeat(65_536)}"}`,
  });
  t.equal(large.status, 413);
  const headers = await rawRequest(origin, '/', { Cookie: `a=${'a'.repeat(17_000)}` });
  t.equal(headers.status, 431);
  t.equal(codeOf(headers.body), 'headers_too_large');

  const nonsense = await answerTo(origin, 'nonsense\r\n\r\n');
  t.match(nonsense, /^HTTP\/1\.1 400 /);
  t.match(nonsense, '"code":"bad_request"');
  app.server.headersTimeout = 100;
  const slow = await answerTo(origin, 'GET / HTTP/1.1\r\nHost: ');
  t.match(slow, /^HTTP\/1\.1 408 /);
  t.match(slow, '"code":"request_timeout"');
  t.match(app.initialConfig, {
    connectionTimeout: 15_000,
    requestTimeout: 10_000,
    keepAliveTimeout: 72_000,
    bodyLimit: 65_536,
  });
  t.equal(app.server.requestTimeout, 10_000);
});

t.test('a handler that hangs is 503, whether the request has a body or not', async (t) => {
  const { deps, origin } = await startService(t, provider.issuer);
  const limits = { ...deps.limits, answerMs: 100 };
  const app = await buildApp({ ...deps, limits });
  app.all('/slow', { config: { operation: 'slow' } }, () => new Promise(() => {}));
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => app.close());
  const host = `Host: ${new URL(origin).host}`;
  for (const request of [
    ['GET /slow HTTP/1.1', host, '', ''],
    ['POST /slow HTTP/1.1', host, 'Content-Type: application/json', 'Content-Length: 2', '', '{}'],
  ]) {
    const answer = await answerTo(address, request.join('\r\n'));
    t.match(answer, /^HTTP\/1\.1 503 /);
    t.match(answer, '"code":"timed_out"');
    t.match(answer, 'retry-after: 2');
  }
});

t.test('a request whose body never ends is answered', async (t) => {
  const head = ({ origin }: { origin: string }, path: string) =>
    [
      ...[`POST ${path} HTTP/1.1`, `Host: ${new URL(origin).host}`, `Origin: ${origin}`],
      ...['Content-Type: application/json', 'Content-Length: 100', '', '{"background":'],
    ].join('\r\n');
  const paths = ['/auth/logout', '/auth/backchannel-logout'];

  const patient = await startService(t, provider.issuer, {}, false, shortened(100));
  for (const path of paths) {
    const answer = await answerTo(patient.origin, head(patient, path));
    t.match(answer, /^HTTP\/1\.1 503 /, path);
    t.match(answer, '"code":"timed_out"');
  }

  const usual = await startService(t, provider.issuer);
  Object.assign(usual.app.server, { headersTimeout: 100, requestTimeout: 100 });
  for (const path of paths) {
    const answer = await answerTo(usual.origin, head(usual, path));
    t.match(answer, /^HTTP\/1\.1 408 /, path);
    t.match(answer, '"code":"request_timeout"');
  }
  const { requestTimeout, http } = SERVER_LIMITS;
  t.ok(requestTimeout + http.connectionsCheckingInterval < TIME_LIMITS.answerMs, 'that comes first');
});

/** The server's answer, until the server ends the connection or one answer is complete. */
async function answerTo(origin: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.write(text);
  let answer = '';
  for await (const chunk of socket) {
    answer += chunk;
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    const length = /^content-length: (\d+)$/im.exec(head)?.[1];
    if (length !== undefined && body.length >= Number(length)) break;
  }
  return answer;
}

t.test('a request that is under way when the app closes gets its answer', async (t) => {
  const service = await startService(t, provider.issuer);
  let release = () => {};
  const asked = new Promise<void>((resolve) => {
    const held = new Promise<undefined>((letGo) => {
      release = () => letGo(undefined);
    });
    void attemptLogin(service, provider, {
      tokenResponse: () => {
        resolve();
        return held;
      },
    }).then(({ answer }) =>
      service.app.server.emit('answered', answer.status, answer.headers.get('connection')),
    );
  });
  await asked;
  const answered = once(service.app.server, 'answered');
  const closed = service.app.close();
  release();
  t.strictSame(await answered, [302, 'close']);
  await closed;
  await t.rejects(fetch(service.origin), { cause: { code: 'ECONNREFUSED' } });
});
