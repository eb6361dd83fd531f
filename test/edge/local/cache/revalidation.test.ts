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
