import t, { type Test } from 'tap';
import { isRecord } from '../../../../edge/local/template/shape.ts';
import {
  ALICE,
  cookiesOf,
  KEEP,
  NOW_EPOCH,
  PASS,
  startEdge,
  TEMPLATE,
  type TestEdge,
  withCode,
} from '../support/edge.ts';

const own = `/users/${ALICE}/a.txt`;
const alice = cookiesOf(ALICE);
const TEXT = 'the bytes of alice';

async function edgeFor(t: Test, template: unknown = TEMPLATE): Promise<TestEdge> {
  const edge = await startEdge({ template });
  t.teardown(() => edge.close());
  return edge;
}

/** The real template with other lifetimes, in seconds. */
function withTtls(ttls: { MinTTL: number; DefaultTTL: number; MaxTTL: number }, errorTtl?: number): unknown {
  const copy = structuredClone(TEMPLATE);
  for (const resource of Object.values(isRecord(copy['Resources']) ? copy['Resources'] : {})) {
    const properties = isRecord(resource) && isRecord(resource['Properties']) ? resource['Properties'] : {};
    if (isRecord(properties['CachePolicyConfig'])) Object.assign(properties['CachePolicyConfig'], ttls);
    if (errorTtl === undefined || !isRecord(properties['DistributionConfig'])) continue;
    properties['DistributionConfig']['CustomErrorResponses'] = [
      { ErrorCode: 404, ErrorCachingMinTTL: errorTtl },
    ];
  }
  return copy;
}

t.test('an object is kept for the lifetime of the cache policy, then revalidated', async (t) => {
  const edge = await edgeFor(t);
  const seen = async (seconds: number) => {
    edge.clock.nowMs = NOW_EPOCH * 1_000 + seconds * 1_000;
    const { headers, body } = await edge.get(own, alice);
    t.equal(body, TEXT);
    return [headers.get('x-cache'), headers.get('age')];
  };
  t.strictSame(await seen(0), ['Miss from cloudfront', undefined]);
  t.strictSame(await seen(4.999), ['Hit from cloudfront', '4']);
  t.equal(edge.origin.requests.length, 1);
  t.strictSame(await seen(5), ['RefreshHit from cloudfront', undefined]);
  t.match(edge.origin.requests[1]?.headers['if-none-match'], /^"[0-9a-f]{32}"$/);
  t.strictSame(await seen(9), ['Hit from cloudfront', '4']);
  t.equal(edge.origin.requests.length, 2);
});

t.test('a replaced object is new, and a deleted one gone, once its lifetime is over', async (t) => {
  const edge = await edgeFor(t);
  await edge.get(own, alice);
  edge.origin.objects.set(`users/${ALICE}/a.txt`, { body: Buffer.from('new'), type: 'text/plain' });
  t.equal((await edge.get(own, alice)).body, TEXT);
  edge.clock.nowMs += 5_000;
  t.equal((await edge.get(own, alice)).body, 'new');
  edge.origin.objects.clear();
  edge.clock.nowMs += 5_000;
  t.equal((await edge.get(own, alice)).status, 404);
  t.equal((await edge.get(own, alice)).status, 404);
});

t.test('the query strings of the cache policy are in the key, and others are not', async (t) => {
  const edge = await edgeFor(t);
  for (const query of ['', '?v=1', '?v=2', '?w=1', '?v=1&w=2']) await edge.get(`${own}${query}`, alice);
  t.strictSame(
    edge.origin.requests.map(({ rawUrl }) => rawUrl.slice(rawUrl.indexOf('a.txt'))),
    ['a.txt', 'a.txt?v=1', 'a.txt?v=2'],
  );
});

t.test('the spelling of the path is in the key', async (t) => {
  const edge = await edgeFor(t, withCode({ request: PASS }));
  await edge.get(own, alice);
  const other = await edge.get(`/users/${ALICE}/%61.txt`, alice);
  t.equal(other.headers.get('x-cache'), 'Miss from cloudfront');
  t.equal(edge.origin.requests[1]?.rawUrl, `/gateway-files/users/${ALICE}/%61.txt`);
});

t.test('raw bytes of the path reach the origin as they are', async (t) => {
  const edge = await edgeFor(t, withCode({ request: PASS }));
  const path = `/users/${ALICE}/it's(1)!$&*,;=:@~/%e5%86%99%E7%9C%9F/...`;
  await edge.get(path, alice);
  t.equal(edge.origin.requests[0]?.rawUrl, `/gateway-files${path}`);
});

t.test('lifetimes follow the origin within the bounds of the policy', async (t) => {
  const edge = await edgeFor(t, withTtls({ MinTTL: 0, DefaultTTL: 50, MaxTTL: 100 }));
  for (const [name, control, keptSeconds] of [
    ['silent', undefined, 50],
    ['short', 'max-age=10', 10],
    ['shared', 'max-age=10, s-maxage=20', 20],
    ['long', 'public, max-age=1000', 100],
    ['private', 'private, max-age=10', 0],
    ['unkept', 'no-store', 0],
  ] as const) {
    const headers = control === undefined ? {} : { 'cache-control': control };
    edge.origin.objects.set(`users/${ALICE}/${name}`, {
      body: Buffer.from('x'),
      type: 'text/plain',
      headers,
    });
    const state = async () => (await edge.get(`/users/${ALICE}/${name}`, alice)).headers.get('x-cache');
    t.equal(await state(), 'Miss from cloudfront', name);
    if (keptSeconds > 0) {
      edge.clock.nowMs += keptSeconds * 1_000 - 1;
      t.equal(await state(), 'Hit from cloudfront', name);
      edge.clock.nowMs += 1;
      t.equal(await state(), 'RefreshHit from cloudfront', name);
    } else {
      t.equal(await state(), 'Miss from cloudfront', name);
    }
  }
});

t.test('errors are kept as the distribution says', async (t) => {
  const never = await edgeFor(t);
  const kept = await edgeFor(t, withTtls({ MinTTL: 5, DefaultTTL: 5, MaxTTL: 5 }, 10));
  const missing = `/users/${ALICE}/none`;
  for (const edge of [never, kept]) {
    const first = await edge.get(missing, alice);
    t.strictSame([first.status, first.headers.get('x-cache')], [404, 'Error from cloudfront']);
    t.match(first.body, 'NoSuchKey');
    t.equal(first.headers.get('x-content-type-options'), 'nosniff', 'the policy applies');
    t.notOk(first.headers.has('cache-control'), 'the viewer-response function does not run');
    await edge.get(missing, alice);
  }
  t.strictSame([never.origin.requests.length, kept.origin.requests.length], [2, 1]);
  kept.clock.nowMs += 10_000;
  kept.origin.objects.set(`users/${ALICE}/none`, { body: Buffer.from('here'), type: 'text/plain' });
  t.equal((await kept.get(missing, alice)).body, 'here');
});

t.test('HEAD is answered from the object that GET has kept, and else passed on', async (t) => {
  const edge = await edgeFor(t);
  const passed = await edge.get(own, alice, 'HEAD');
  t.strictSame([passed.status, passed.body, passed.headers.get('content-length')], [200, '', '18']);
  t.equal(edge.origin.requests[0]?.method, 'HEAD');
  await edge.get(own, alice);
  const kept = await edge.get(own, alice, 'HEAD');
  t.strictSame([kept.body, kept.headers.get('content-length')], ['', '18']);
  t.equal(kept.headers.get('x-cache'), 'Hit from cloudfront');
  t.equal(edge.origin.requests.length, 2);
});

t.test('a range is cut from the object that is kept', async (t) => {
  const edge = await edgeFor(t);
  const etag = (await edge.get(own, alice)).headers.get('etag') ?? '';
  for (const [range, status, body, place] of [
    ['bytes=4-8', 206, 'bytes', 'bytes 4-8/18'],
    ['bytes=13-', 206, 'alice', 'bytes 13-17/18'],
    ['bytes=-5', 206, 'alice', 'bytes 13-17/18'],
    ['bytes=13-999', 206, 'alice', 'bytes 13-17/18'],
    ['bytes=-999', 206, TEXT, 'bytes 0-17/18'],
    ['bytes=5-4', 200, TEXT, undefined],
    ['bytes=0-1,3-4', 200, TEXT, undefined],
    ['lines=0-1', 200, TEXT, undefined],
    ['bytes=-', 200, TEXT, undefined],
  ] as const) {
    const answer = await edge.get(own, { ...alice, Range: range });
    t.strictSame(
      [answer.status, answer.body, answer.headers.get('content-range')],
      [status, body, place],
      range,
    );
    t.equal(answer.headers.get('content-length'), String(body.length));
  }
  for (const range of ['bytes=18-', 'bytes=-0']) {
    const answer = await edge.get(own, { ...alice, Range: range });
    t.strictSame([answer.status, answer.headers.get('content-range')], [416, 'bytes */18'], range);
  }
  const of = async (value: string) =>
    (await edge.get(own, { ...alice, Range: 'bytes=0-2', 'If-Range': value })).status;
  t.strictSame([await of(etag), await of('"other"'), await of(`W/${etag}`)], [206, 200, 200], 'If-Range');
  t.equal(edge.origin.requests.length, 1);
});

t.test(
  'several ranges in ascending order are parts of the object that is kept, and the whole of one that is not',
  async (t) => {
    const edge = await edgeFor(t, withCode({ request: PASS, response: KEEP }));
    const Range = 'bytes=0-2, 4-8,-5';
    const first = await edge.get(own, { ...alice, Range });
    t.strictSame([first.status, first.body], [200, TEXT], 'S3 knows no several ranges');
    const { status, headers, body } = await edge.get(own, { ...alice, Range });
    const [, boundary = ''] =
      /^multipart\/byteranges; boundary="([^"]+)"$/.exec(headers.get('content-type') ?? '') ?? [];
    const parts = [
      ['bytes 0-2/18', 'the'],
      ['bytes 4-8/18', 'bytes'],
      ['bytes 13-17/18', 'alice'],
    ].map(([place, bytes]) =>
      [`--${boundary}`, 'Content-Type: text/plain', `Content-Range: ${place}`, '', bytes, ''].join('\r\n'),
    );
    t.strictSame([status, body], [206, `\r\n${parts.join('')}--${boundary}--\r\n`]);
    t.equal(headers.get('content-length'), String(body.length));
    t.equal(headers.get('content-range'), undefined);
    for (const [wrong, answer] of [
      ['bytes=3-4,0-1', `200 ${TEXT}`],
      ['bytes=0-3,2-4', `200 ${TEXT}`],
      ['bytes=0-1,4-3', `200 ${TEXT}`],
      ['bytes=0-1,x', `200 ${TEXT}`],
      ['bytes=0-1,90-', '206 th'],
    ] as const) {
      const given = await edge.get(own, { ...alice, Range: wrong });
      t.equal(`${given.status} ${given.body}`, answer, wrong);
    }
  },
);

t.test('a range of an object that is not kept is passed on, and not kept', async (t) => {
  const edge = await edgeFor(t);
  const answer = await edge.get(own, { ...alice, Range: 'bytes=4-8' });
  t.strictSame([answer.status, answer.body], [206, 'bytes']);
  t.equal(edge.origin.requests[0]?.headers.range, 'bytes=4-8');
  t.equal((await edge.get(own, alice)).body, TEXT);
  t.equal(edge.origin.requests.length, 2);
});

t.test('conditions of the viewer are answered with 304, which changes no type', async (t) => {
  const edge = await edgeFor(t);
  const modified = { 'last-modified': 'Mon, 21 Sep 2026 00:00:00 GMT' };
  edge.origin.objects.set(`users/${ALICE}/a.txt`, {
    body: Buffer.from(TEXT),
    type: 'text/html',
    headers: modified,
  });
  const etag = (await edge.get(own, alice)).headers.get('etag') ?? '';
  const status = async (headers: Record<string, string>) =>
    (await edge.get(own, { ...alice, ...headers })).status;
  t.equal(await status({ 'If-None-Match': etag }), 304);
  t.equal(await status({ 'If-None-Match': `"x", W/${etag}` }), 304);
  t.equal(await status({ 'If-None-Match': '*' }), 304);
  t.equal(await status({ 'If-None-Match': '"x"' }), 200);
  t.equal(await status({ 'If-Modified-Since': 'Mon, 21 Sep 2026 00:00:00 GMT' }), 304);
  t.equal(await status({ 'If-Modified-Since': 'Sun, 20 Sep 2026 00:00:00 GMT' }), 200);
  t.equal(await status({ 'If-Modified-Since': 'nonsense' }), 200);
  t.equal(await status({ 'If-Match': '"x"', 'If-Unmodified-Since': 'Sun, 20 Sep 2026 00:00:00 GMT' }), 200);
  t.equal(await status({ 'If-None-Match': '"x"', 'If-Modified-Since': modified['last-modified'] }), 200);
  const { headers, body } = await edge.get(own, { ...alice, 'If-None-Match': etag });
  t.strictSame([body, headers.get('etag'), headers.get('cache-control')], ['', etag, 'private, no-cache']);
  t.notOk(headers.has('content-type'));
  t.equal(edge.origin.requests.length, 1);
});

t.test('a condition on an object that is not kept fetches and keeps it', async (t) => {
  const edge = await edgeFor(t);
  const answer = await edge.get(own, { ...alice, 'If-None-Match': '*' });
  t.equal(answer.status, 304);
  t.equal((await edge.get(own, alice)).headers.get('x-cache'), 'Hit from cloudfront');
});

t.test('an object above 8 MB is streamed, and not kept', async (t) => {
  const edge = await edgeFor(t);
  const size = 8 * 1_024 * 1_024;
  for (const [name, bytes, requests] of [
    ['largest', size, 1],
    ['larger', size + 1, 2],
  ] as const) {
    edge.origin.requests.splice(0);
    edge.origin.objects.set(`users/${ALICE}/${name}`, { body: Buffer.alloc(bytes, 'x'), type: 'video/mp4' });
    for (let i = 0; i < 2; i++) {
      const { body, headers } = await edge.get(`/users/${ALICE}/${name}`, alice);
      t.strictSame([body.length, headers.get('content-length')], [bytes, String(bytes)], name);
    }
    t.equal(edge.origin.requests.length, requests, name);
  }
});

t.test('a range of a large object that replaced a small one is that range', async (t) => {
  const edge = await edgeFor(t);
  t.equal((await edge.get(own, alice)).body, TEXT);
  const size = 8 * 1_024 * 1_024 + 1;
  edge.origin.objects.set(`users/${ALICE}/a.txt`, { body: Buffer.alloc(size, 'x'), type: 'text/plain' });
  edge.clock.nowMs += 5_000;
  const answer = await edge.get(own, { ...alice, Range: 'bytes=0-4' });
  t.strictSame(
    [answer.status, answer.body, answer.headers.get('content-range')],
    [206, 'xxxxx', `bytes 0-4/${size}`],
  );
});

t.test('an object of no bytes is an object', async (t) => {
  const edge = await edgeFor(t);
  edge.origin.objects.set(`users/${ALICE}/a.txt`, { body: Buffer.alloc(0), type: 'text/plain' });
  for (const state of ['Miss', 'Hit']) {
    const { status, body, headers } = await edge.get(own, alice);
    t.strictSame([status, body, headers.get('x-cache')], [200, '', `${state} from cloudfront`]);
  }
});

t.test('an origin that is down gives 502, unless the object is kept', async (t) => {
  const edge = await edgeFor(t);
  await edge.get(own, alice);
  edge.origin.answer = (_request, response) => response.destroy();
  edge.clock.nowMs += 60_000;
  const stale = await edge.get(own, alice);
  t.strictSame([stale.status, stale.body], [200, TEXT], 'an expired object is better than none');
  const answer = await edge.get(`/users/${ALICE}/other.txt`, alice);
  t.equal(answer.status, 502);
  t.match(answer.body, 'The request could not be satisfied');
  t.notMatch(answer.body, /127\.0\.0\.1|ECONN|hang up/);
});

t.test('an object that breaks off is neither given as whole nor kept', async (t) => {
  const edge = await edgeFor(t);
  edge.origin.answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 18 });
    response.write('the bytes');
    setImmediate(() => response.destroy());
  };
  t.equal((await edge.get(own, alice)).status, 502);
  edge.origin.answer = undefined;
  t.equal((await edge.get(own, alice)).body, TEXT);
});

t.test('cookies of the origin do not reach the viewer', async (t) => {
  const edge = await edgeFor(t);
  edge.origin.answer = (request, response) => {
    const status = request.url?.endsWith('a.txt') ? 200 : 404;
    response.writeHead(status, { 'set-cookie': 'a=b', 'content-length': 1 }).end('x');
  };
  for (const target of [own, `/users/${ALICE}/none`]) {
    t.notOk((await edge.get(target, alice)).headers.has('set-cookie'), target);
  }
});
