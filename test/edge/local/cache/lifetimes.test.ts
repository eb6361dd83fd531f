import t from 'tap';
import { isRecord } from '../../../../edge/local/template/shape.ts';
import { ALICE, NOW_EPOCH, TEMPLATE } from '../support/edge.ts';
import { alice, edgeFor, own, TEXT } from '../support/kept.ts';

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

t.test('errors are kept as the distribution says', async (t) => {
  const never = await edgeFor(t);
  const kept = await edgeFor(t, withTtls({ MinTTL: 5, DefaultTTL: 5, MaxTTL: 5 }, 10));
  const missing = `/users/${ALICE}/none`;
  for (const [index, edge] of [never, kept].entries()) {
    const first = await edge.get(missing, alice);
    t.strictSame(
      [first.status, first.headers.get('x-cache')],
      [404, 'Error from cloudfront'],
      `row ${index}`,
    );
    t.match(first.body, 'NoSuchKey', `row ${index}`);
    t.equal(first.headers.get('x-content-type-options'), 'nosniff', 'the policy applies');
    t.notOk(first.headers.has('cache-control'), 'the viewer-response function does not run');
    await edge.get(missing, alice);
  }
  t.strictSame([never.origin.requests.length, kept.origin.requests.length], [2, 1]);
  kept.clock.nowMs += 10_000;
  kept.origin.objects.set(`users/${ALICE}/none`, { body: Buffer.from('here'), type: 'text/plain' });
  t.equal((await kept.get(missing, alice)).body, 'here');
});
