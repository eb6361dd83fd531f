import t from 'tap';
import { answerConditions, singleRange } from '../../../../edge/local/cache/conditions.ts';
import { ALICE, KEEP, PASS, withCode } from '../support/edge.ts';
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

const MODIFIED = 'Mon, 21 Sep 2026 00:00:00 GMT';

t.test('what is told of ten bytes', async (t) => {
  type Row = [asked: Record<string, string>, told: string, isKept?: boolean, own?: Record<string, string>];
  const rows: Row[] = [
    [{ 'if-none-match': ' * ' }, '304 '],
    [{ 'if-none-match': '"xy"' }, '200 0123456789', true, { etag: '"xW/y"' }],
    [{ range: ' bytes=4-5 ' }, '206 45'],
    [{ range: 'bytes=4-4' }, '206 4'],
    [{ range: 'bytes=4-5' }, '206 45', false],
    [{ range: 'bytes=0-1,4-5' }, '200 0123456789', false],
    [{ range: 'bytes=0-3,3-4' }, '200 0123456789'],
    [{ range: 'bytes=0-1', 'if-range': MODIFIED }, '206 01'],
    [{ range: 'bytes=0-1', 'if-range': 'W/"e"' }, '200 0123456789', true, { etag: 'W/"e"' }],
  ];
  for (const [asked, told, isKept = true, own = {}] of rows) {
    const fields = (of: Record<string, string>) =>
      new Map(Object.entries(of).map(([name, one]) => [name, [one]]));
    const headers = fields({ etag: '"e"', 'last-modified': MODIFIED, ...own });
    const answer = answerConditions(
      { status: 200, headers, body: Buffer.from('0123456789') },
      fields(asked),
      isKept,
    );
    t.equal(`${answer.status} ${answer.body}`, told, JSON.stringify([asked, isKept, own]));
  }
  const error = { status: 404, headers: new Map(), body: Buffer.from('no') };
  t.strictSame(answerConditions(error, new Map([['if-none-match', ['*']]])), error);
});

t.test('parts of an object without a type, with spaces between the ranges', async (t) => {
  const object = { status: 200, headers: new Map(), body: Buffer.from('0123456789') };
  const { status, body } = answerConditions(object, new Map([['range', ['bytes=0-1, -2']]]), true);
  const type = 'Content-Type: application/octet-stream';
  const parts = [
    ['bytes 0-1/10', '01'],
    ['bytes 8-9/10', '89'],
  ].map(([place, bytes]) => `B\r\n${type}\r\nContent-Range: ${place}\r\n\r\n${bytes}\r\n`);
  const shown = String(body).replaceAll(/--CloudFront:[\w-]{24}/g, 'B');
  t.strictSame([status, shown], [206, `\r\n${parts.join('')}B--\r\n`]);
});

t.test('one range is one of bytes, and alone', async (t) => {
  const ranges = [' bytes=0-1 ', 'bytes=-5', 'xbytes=0-1', 'bytes=0-1,3-4', 'bytes=0-1x'];
  t.strictSame(
    ranges.map((range) => singleRange(new Map([['range', [range]]]))),
    ['bytes=0-1', 'bytes=-5', undefined, undefined, undefined],
  );
  t.equal(singleRange(new Map()), undefined);
});
