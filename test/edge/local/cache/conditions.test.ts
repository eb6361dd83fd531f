import t from 'tap';
import { ALICE } from '../support/edge.ts';
import { alice, edgeFor, own, TEXT } from '../support/kept.ts';

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
    t.equal(answer.headers.get('content-length'), String(body.length), range);
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

t.test('a range of an expired object asks for the whole of it, once', async (t) => {
  const edge = await edgeFor(t);
  const etag = (await edge.get(own, alice)).headers.get('etag');
  const again = async () => {
    edge.clock.nowMs += 5_000;
    const { status, headers, body } = await edge.get(own, { ...alice, Range: 'bytes=4-8' });
    return [status, headers.get('x-cache'), /bytes|NoSuchKey/.exec(body)?.[0], edge.origin.requests.length];
  };
  t.strictSame(await again(), [206, 'RefreshHit from cloudfront', 'bytes', 2]);
  const { range, 'if-none-match': tag } = edge.origin.requests[1]?.headers ?? {};
  t.strictSame([range, tag], [undefined, etag]);
  edge.origin.objects.clear();
  t.strictSame(await again(), [404, 'Error from cloudfront', 'NoSuchKey', 3], 'an error');
});
