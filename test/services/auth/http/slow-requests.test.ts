import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { buildApp } from '../../../../services/auth/app.ts';
import { SERVER_LIMITS } from '../../../../services/auth/http/limits.ts';
import { TIME_LIMITS } from '../../../../services/auth/settings/time-limits.ts';
import { rawRequest } from '../../../support/raw-request.ts';
import { shortened } from '../../../support/shortened.ts';
import { startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { attemptLogin, startService, startStore } from '../support/service.ts';

await startStore(t);

const provider = await startMisbehavingProvider(t);

function codeOf(body: Buffer | string): unknown {
  const parsed: unknown = JSON.parse(body.toString());
  return typeof parsed === 'object' && parsed !== null && 'code' in parsed ? parsed.code : undefined;
}

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
    t.match(answer, /^HTTP\/1\.1 503 /, request.join(' '));
    t.match(answer, '"code":"timed_out"', request.join(' '));
    t.match(answer, 'retry-after: 2', request.join(' '));
  }
});

t.test('a request whose body never ends is answered', async (t) => {
  const bodies: [path: string, type: string, begin: string][] = [
    ['/auth/logout', 'application/json', '{"background":'],
    ['/auth/backchannel-logout', 'application/x-www-form-urlencoded', 'logout_token='],
  ];
  const head = ({ origin }: { origin: string }, [path, type, begin]: (typeof bodies)[number]) =>
    [
      ...[`POST ${path} HTTP/1.1`, `Host: ${new URL(origin).host}`, `Origin: ${origin}`],
      ...[`Content-Type: ${type}`, 'Content-Length: 100', '', begin],
    ].join('\r\n');

  const patient = await startService(t, provider.issuer, {}, false, shortened(100));
  for (const body of bodies) {
    const [path] = body;
    const answer = await answerTo(patient.origin, head(patient, body));
    t.match(answer, /^HTTP\/1\.1 503 /, path);
    t.match(answer, '"code":"timed_out"', path);
  }

  const usual = await startService(t, provider.issuer);
  Object.assign(usual.app.server, { headersTimeout: 100, requestTimeout: 100 });
  for (const body of bodies) {
    const [path] = body;
    const answer = await answerTo(usual.origin, head(usual, body));
    t.match(answer, /^HTTP\/1\.1 408 /, path);
    t.match(answer, '"code":"request_timeout"', path);
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
