import process from 'node:process';
import t from 'tap';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import { type CookieJar, parseJson, send } from '../../support/client.ts';
import { startMisbehavingProvider } from './support/misbehaving-provider.ts';
import { attemptLogin, type Service, startService, startStore } from './support/service.ts';

/** A server that answers everything by 200 and a web page, such as a captive portal. */
const portal = await listenOnLoopback((request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end('<!doctype html><title>Welcome</title><p>It works!');
}, 0);
t.teardown(() => portal.close(0));

async function ask({ origin }: Service, jar: CookieJar, method: string, path: string, body?: object) {
  const answer = await send(jar, origin + path, {
    method,
    headers: { origin, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return [answer.status, (await parseJson<{ code?: string }>(answer)).code];
}

t.test('nonsense in place of S3 is neither an empty list nor a deleted file', async (t) => {
  await startStore(t);
  process.env['AWS_ENDPOINT_URL_S3'] = `http://localhost:${portal.port}`;
  const provider = await startMisbehavingProvider(t);
  const service = await startService(t, provider.issuer);
  const { jar } = await attemptLogin(service, provider);
  const unavailable = [503, 'files_unavailable'];
  t.strictSame(await ask(service, jar, 'GET', '/api/files'), unavailable);
  t.strictSame(await ask(service, jar, 'DELETE', '/api/files?name=a.png'), unavailable);
  t.strictSame(await ask(service, jar, 'POST', '/api/shares', { name: 'a.png' }), unavailable);
  t.strictSame(await ask(service, jar, 'GET', '/api/shares'), [200, undefined], 'there is no share');
  const ready = await fetch(`${service.origin}/readyz`);
  t.strictSame((await parseJson<{ down: string[] }>(ready)).down, ['files']);
});

t.test('a write of the KeyValueStore that is answered without an ETag confirms nothing', async (t) => {
  await startStore(t);
  const store = await listenOnLoopback((request, response) => {
    request.resume();
    const etag = request.method === 'GET' ? { etag: 'KV1' } : {};
    response.writeHead(200, { 'content-type': 'application/json', 'x-amzn-requestid': 'r', ...etag });
    response.end(JSON.stringify({ ItemCount: 1, TotalSizeInBytes: 9 }));
  }, 0);
  t.teardown(() => store.close(0));
  const provider = await startMisbehavingProvider(t);
  const endpoint = { KEY_VALUE_STORE_ENDPOINT: `http://localhost:${store.port}` };
  const { origin } = await startService(t, provider.issuer, endpoint);
  const { jar } = await attemptLogin({ origin }, provider);
  const headers = { origin, accept: 'application/json' };
  const answer = await send(jar, `${origin}/auth/logout`, { method: 'POST', headers });
  t.match(await answer.json(), { edge: 'pending' });
});
