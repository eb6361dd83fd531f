import { connect } from 'node:net';
import t from 'tap';
import { send } from '../../../support/client.ts';
import { rawRequest } from '../../../support/raw-request.ts';
import { startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { attemptLogin, startService, startStore } from '../support/service.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);
const service = await startService(t, provider.issuer);
const { origin } = service;
const { host, port } = new URL(origin);

const ask = async (target: string, headers: Record<string, string> = {}) => {
  const { status, body } = await rawRequest(origin, target, headers);
  return [status, /"code":"(\w+)"/.exec(body.toString())?.[1]];
};

t.test('one name, in every case and form', async (t) => {
  t.strictSame(await ask('/auth/session'), [401, 'no_session']);
  t.strictSame(await ask(`${origin}/auth/session`), [401, 'no_session'], 'absolute form');
  t.strictSame(await ask(`HTTP://LOCALHOST:${port}/auth/session?a=//b`), [401, 'no_session']);
  t.strictSame(
    await ask('/auth/session?a=http://evil.example/'),
    [401, 'no_session'],
    'an address in a query',
  );
  const upper = await fetch(`http://localhost:${port}/auth/session`, {
    headers: { host: `LocalHost:${port}` },
  });
  t.equal(upper.status, 401);
  t.strictSame(await ask(`http://${host}`), [200, undefined], 'the page');
});

t.test('a renewal under another name clears nothing, and is refused as any other request', async (t) => {
  const answer = await fetch(`http://127.0.0.1:${port}/auth/refresh`, {
    method: 'POST',
    headers: { origin },
  });
  t.equal(answer.status, 421);
  t.strictSame(answer.headers.getSetCookie(), []);
});

t.test('no name at all', async (t) => {
  const socket = connect(Number(port), '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.end('GET /auth/session HTTP/1.0\r\n\r\n');
  t.match((await socket.toArray()).join(''), /^HTTP\/1\.1 421 .*"code":"wrong_host"/s);
});

t.test('two names, or another one', async (t) => {
  t.strictSame(await ask('/auth/session', { host }), [400, 'bad_request'], 'the same twice');
  t.strictSame(await ask('/auth/session', { Host: 'evil.example' }), [400, 'bad_request']);
  t.strictSame(await ask('http://evil.example/auth/session'), [421, 'wrong_host']);
  t.strictSame(await ask(`http://${host}@evil.example/auth/session`), [421, 'wrong_host']);
  t.strictSame(await ask(`http://localhost/auth/session`), [421, 'wrong_host'], 'another port');
});

const { jar } = await attemptLogin(service, provider, { subject: 'alice' });

/** Many clients name JSON in each request, also in one without a body. */
async function askJson(method: string, path: string, body?: string): Promise<string> {
  const headers = { origin, 'content-type': 'application/json' };
  const answer = await send(jar, `${origin}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  const text = await answer.text();
  const { code = '', detail = '' } = text.startsWith('{') ? Object(JSON.parse(text)) : {};
  return `${answer.status} ${code} ${code === 'bad_request' ? detail : ''}`.trim();
}

t.test('a request without a body may name JSON all the same', async (t) => {
  await attemptLogin(service, provider, { subject: 'alice' });
  const { sessions } = Object(await (await send(jar, `${origin}/api/sessions`)).json());
  const { id: other } = sessions.find(({ current }: { current: boolean }) => !current);
  t.equal(await askJson('DELETE', '/api/sessions/nobody'), '404 no_such_session');
  t.equal(await askJson('DELETE', `/api/sessions/${other}`), '204');
  t.equal(await askJson('POST', '/auth/refresh'), '200', 'all members of its body are optional');
  t.equal(await askJson('POST', '/api/teams/none/rooms'), '404 not_found');
});

t.test('a body that is needed, or is no JSON, is still refused', async (t) => {
  const missing = '400 bad_request The request cannot be read: body must be object.';
  t.equal(await askJson('POST', '/api/teams'), missing);
  t.equal(await askJson('POST', '/api/teams', 'null'), missing);
  t.equal(await askJson('POST', '/api/uploads', ''), missing);
  for (const broken of ['{', ' ', '{"name":"a"', '{"__proto__":{"name":"a"}}']) {
    t.match(await askJson('POST', '/api/teams', broken), /^400 bad_request /, broken);
  }
});
