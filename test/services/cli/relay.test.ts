import { EventEmitter, once } from 'node:events';
import { request as ask, createServer } from 'node:http';
import t from 'tap';
import { startRelay } from '../../../services/cli/relay.ts';

const GUARDS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'content-disposition': 'attachment',
};
const asked: { url: string; range: string | undefined; ifRange: unknown; cookie: string | undefined }[] = [];
const gone = new EventEmitter();
const files = createServer((request, response) => {
  const { headers, url = '' } = request;
  asked.push({ url, range: headers.range, ifRange: headers['if-range'], cookie: headers.cookie });
  if (url.includes('cut')) return void response.writeHead(200).write('ab', () => response.destroy());
  if (url.includes('endless')) {
    response.once('close', () => gone.emit('close'));
    return void response.writeHead(200).write('ab');
  }
  if (url.includes('away')) return void response.writeHead(302, { location: '/other' }).end();
  if (url.includes('none')) return void response.writeHead(404, { 'set-cookie': 'a=b' }).end('no');
  const part = headers.range === undefined ? {} : { 'content-range': 'bytes 2-4/5' };
  const known = {
    'content-type': 'video/mp2t',
    'content-length': '3',
    etag: '"1"',
    'x-amz-id': 'secret',
    ...GUARDS,
  };
  response.writeHead(headers.range === undefined ? 200 : 206, { ...known, ...part }).end('abc');
});
await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
t.teardown(() => void files.close());
const address = files.address();
const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
let turns = 0;
const credential = async () => ({
  ...{ origin, prefix: '/users/alice/', cookie: 'c', expiresAtMs: 0 },
  query: `Policy=${++turns}&Signature=s`,
});
const relay = await startRelay({ credential });
t.teardown(() => relay.close());

t.test('each request goes on with the query that is good at the time', async (t) => {
  for (const turn of [1, 2]) {
    const answer = await fetch(`${relay.base}hls/a%20b.ts?x=1`);
    t.equal(await answer.text(), 'abc');
    t.equal(asked.at(-1)?.url, `/users/alice/hls/a%20b.ts?Policy=${turn}&Signature=s`);
    t.match(Object.fromEntries(answer.headers), {
      'content-type': 'video/mp2t',
      'cache-control': 'no-store',
      ...GUARDS,
    });
    t.notOk(answer.headers.has('x-amz-id'));
  }
  const part = await fetch(`${relay.base}a.ts`, {
    headers: { range: 'bytes=2-4', 'if-range': '"1"', cookie: 'of=another' },
  });
  t.equal(part.status, 206);
  t.equal(part.headers.get('content-range'), 'bytes 2-4/5');
  t.match(asked.at(-1), { range: 'bytes=2-4', ifRange: '"1"', cookie: undefined });
  await (await fetch(`${relay.base}a.ts`)).text();
  t.match(asked.at(-1), { range: undefined, ifRange: undefined });
  t.equal((await fetch(`${relay.base}a.ts`, { method: 'HEAD' })).headers.get('content-length'), '3');
  const none = await fetch(`${relay.base}none`);
  t.strictSame([none.status, await none.text(), none.headers.has('set-cookie')], [404, 'no', false]);
});

t.test('who does not know the address gets nothing, and nobody leaves the folder', async (t) => {
  const { hostname, host, pathname, port } = new URL(relay.base);
  t.match(relay.base, /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/);
  const before = asked.length;
  const raw = async (path: string, name: string, method = 'GET') => {
    const options = { host: '127.0.0.1', port, path, method, headers: { host: name }, agent: false };
    const [answer] = await once(ask(options).end(), 'response');
    answer.resume();
    return answer.statusCode;
  };
  for (const [target, name, method] of [
    ['/', host],
    [`${pathname.slice(0, -2)}/a.ts`, host],
    [`${pathname}a.ts`, `rebound.example:${port}`],
    [`${pathname}a.ts`, `localhost:${port}`],
    [`${pathname}../bob/a.ts`, host],
    [`${pathname}%2e%2e/bob/a.ts`, host],
    [`${pathname}..\\..\\teams/a.ts`, host],
    [`${pathname}a.ts`, host, 'POST'],
  ] as const) {
    t.equal(await raw(target, name, method), method ? 405 : 404, `${method} ${target} ${name}`);
  }
  t.equal(asked.length, before, 'the files host heard nothing');
  t.equal(hostname, '127.0.0.1');
  t.equal((await fetch(`${relay.base}away`)).status, 502, 'no redirect is followed');
  t.equal(await (await fetch(`${relay.base}//evil.example/a`)).text(), 'abc');
  t.match(asked.at(-1)?.url, '/users/alice///evil.example/a', 'it is a path below the folder');
});

t.test('what breaks off here breaks off there, and the relay goes on', async (t) => {
  await t.rejects(
    (await fetch(`${relay.base}cut`)).text(),
    'the player learns that it is not the whole file',
  );
  const leaving = new AbortController();
  const left = once(gone, 'close');
  const answer = await fetch(`${relay.base}endless`, { signal: leaving.signal });
  leaving.abort();
  await t.rejects(answer.text());
  await left;
  t.equal((await fetch(`${relay.base}a.ts`)).status, 200);
});

t.test('a player learns of no credential that the app host does not give', async (t) => {
  const refusing = await startRelay({ credential: () => Promise.reject(new Error('nobody is signed in')) });
  t.teardown(() => refusing.close());
  const answer = await fetch(`${refusing.base}a.ts`);
  t.strictSame([answer.status, await answer.text()], [502, '']);
});
