import t from 'tap';
import { ALICE, cookiesOf, startEdge } from '../support/edge.ts';
import { changedTemplate, DISTRIBUTION } from '../support/template.ts';

const own = `/users/${ALICE}/a.txt`;
const alice = cookiesOf(ALICE);
const MODIFIED = 'Mon, 21 Sep 2026 00:00:00 GMT';

/** The functions are left out, so the tests see the cache's own answers. */
const bare = changedTemplate((at) => {
  const config = at(DISTRIBUTION, 'DistributionConfig');
  delete at(DISTRIBUTION, 'DistributionConfig', 'DefaultCacheBehavior')['FunctionAssociations'];
  config['CustomErrorResponses'] = [
    { ErrorCode: 400, ErrorCachingMinTTL: 10 },
    { ErrorCode: 404, ErrorCachingMinTTL: 0 },
    { ErrorCode: 500, ErrorCachingMinTTL: 10 },
  ];
});

t.test('an object without an ETag is revalidated by its date', async (t) => {
  const edge = await startEdge({ template: bare });
  t.teardown(() => edge.close());
  edge.origin.answer = (request, response) => {
    const isSame = request.headers['if-modified-since'] === MODIFIED;
    response.writeHead(isSame ? 304 : 200, { 'last-modified': MODIFIED, 'content-length': isSame ? 0 : 2 });
    response.end(isSame ? '' : 'ok');
  };
  await edge.get(own, alice);
  edge.clock.nowMs += 5_000;
  const { headers, body } = await edge.get(own, alice);
  t.strictSame(
    [headers.get('x-cache'), body, headers.get('content-length')],
    ['RefreshHit from cloudfront', 'ok', '2'],
  );
});

t.test('a 304 brings headers up to date, but for those of the body', async (t) => {
  const edge = await startEdge({ template: bare });
  t.teardown(() => edge.close());
  edge.origin.answer = (request, response) => {
    const isAgain = request.headers['if-none-match'] === '"1"';
    const fields = {
      etag: '"1"',
      'x-amz-meta-a': isAgain ? 'new' : 'old',
      'content-type': isAgain ? 'a/b' : 'text/plain',
    };
    if (isAgain) response.writeHead(304, fields).end();
    else response.writeHead(200, { ...fields, 'content-length': 2 }).end('ok');
  };
  await edge.get(own, alice);
  edge.clock.nowMs += 5_000;
  await edge.get(own, alice);
  edge.clock.nowMs += 1_000;
  const { headers } = await edge.get(own, alice);
  t.strictSame(
    ['x-cache', 'age', 'x-amz-meta-a', 'content-type'].map((name) => headers.get(name)),
    ['Hit from cloudfront', '1', 'new', 'text/plain'],
  );
});

t.test('an object has the age of the question, not of the end of its answer', async (t) => {
  const edge = await startEdge({ template: bare });
  t.teardown(() => edge.close());
  edge.origin.answer = (_request, response) => {
    edge.clock.nowMs += 4_000;
    response.writeHead(200, { 'content-length': 2 }).end('ok');
  };
  await edge.get(own, alice);
  edge.clock.nowMs += 999;
  const { headers } = await edge.get(own, alice);
  t.strictSame([headers.get('x-cache'), headers.get('age')], ['Hit from cloudfront', '4']);
  edge.clock.nowMs += 1;
  t.equal((await edge.get(own, alice)).headers.get('x-cache'), 'Miss from cloudfront');
});

t.test('an error without a length and without an end is not collected for ever', async (t) => {
  const edge = await startEdge({ template: bare });
  t.teardown(() => edge.close());
  edge.origin.answer = (_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.writeHead(400).on('drain', more);
    more();
  };
  const { status, body } = await edge.get(own, alice);
  t.equal(status, 502);
  t.match(body, 'The request could not be satisfied');
});

t.test('an expired object stands in for errors from 500 on, and an error for nothing', async (t) => {
  const edge = await startEdge({ template: bare });
  t.teardown(() => edge.close());
  for (const [name, seconds, ofOrigin, told] of [
    ['an error', 0, 400, '400 Error'],
    ['an error that is kept', 9, 200, '400 Error'],
    ['after an error', 1, 500, '500 Error'],
    ['an object', 10, 200, '200 Miss'],
    ['an expired object', 5, 500, '200 Hit'],
    ['an object that is gone', 0, 404, '404 Error'],
    ['after an object that is gone', 0, 500, '500 Error'],
  ] as const) {
    edge.clock.nowMs += seconds * 1_000;
    edge.origin.answer = (_request, response) => response.writeHead(ofOrigin, { 'content-length': 0 }).end();
    const { status, headers } = await edge.get(own, alice);
    t.equal(`${status} ${headers.get('x-cache')}`, `${told} from cloudfront`, name);
  }
});

t.test('every answer says which edge gave it', async (t) => {
  const edge = await startEdge({ template: bare });
  t.teardown(() => edge.close());
  const ids = new Set<string | undefined>();
  for (const headers of [alice, alice, {}]) {
    const answer = await edge.get(own, headers);
    t.match(
      answer.headers.get('via'),
      /^1\.1 [a-z0-9]+\.cloudfront\.net \(CloudFront\)$/,
      JSON.stringify(headers),
    );
    t.match(answer.headers.get('x-amz-cf-pop'), /^[A-Z0-9]+-P\d$/, JSON.stringify(headers));
    t.match(answer.headers.get('x-amz-cf-id'), /^[\w-]{54}$/, JSON.stringify(headers));
    ids.add(answer.headers.get('x-amz-cf-id'));
  }
  t.equal(ids.size, 3);
});
