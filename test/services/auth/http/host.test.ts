import { connect } from 'node:net';
import t from 'tap';
import { rawRequest } from '../../../support/raw-request.ts';
import { startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { startService, startStore } from '../support/service.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);
const { origin } = await startService(t, provider.issuer);
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

t.test('a development server that puts its own name there is told what to do', async (t) => {
  const { body } = await rawRequest(`http://localhost:${port}`, '/auth/session', { Accept: '*/*' });
  t.match(body.toString(), 'no_session');
  const answer = await fetch(`http://127.0.0.1:${port}/auth/session`);
  const { detail } = Object(await answer.json());
  t.match(detail, `answers as ${origin} only`);
  t.match(detail, /leave out changeOrigin, and set APP_ORIGIN to the address that you open/);
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
