import { CachePolicy } from 'aws-cdk-lib/aws-cloudfront';
import t from 'tap';
import { keepsAnything, ttlSeconds } from '../../../../edge/local/cache/cache.ts';
import { MANAGED_CACHE_POLICIES } from '../../../../edge/local/template/cache-policy.ts';

const NOW_MS = Date.parse('Mon, 21 Sep 2026 00:00:00 GMT');
const policy = (minTtlSeconds: number, defaultTtlSeconds: number, maxTtlSeconds: number) => ({
  ...{ minTtlSeconds, defaultTtlSeconds, maxTtlSeconds },
  ...{ takesQueryString: () => false, takesCookie: undefined, headers: [], acceptEncodings: [] },
});

/** Every row of AWS's table (DG: expiration), with a minimum of 0 and of 10 seconds. */
t.test('an object is kept as the origin says, within the bounds of the policy', async (t) => {
  const ttl = (bounds: ReturnType<typeof policy>, headers: Record<string, string>, status = 200) =>
    ttlSeconds(
      bounds,
      new Map([
        [404, 10],
        [416, 10],
      ]),
      { status, headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])) },
      NOW_MS,
    );
  const expires = 'Mon, 21 Sep 2026 00:00:40 GMT';
  for (const [headers, from0, from10] of [
    [{}, 50, 50],
    [{ 'cache-control': 'max-age=5' }, 5, 10],
    [{ 'cache-control': 'max-age=60' }, 60, 60],
    [{ 'cache-control': 'max-age=600' }, 100, 100],
    [{ 'cache-control': 'max-age=20, s-maxage=30' }, 30, 30],
    [{ 'cache-control': 's-maxage=30, max-age=20' }, 30, 30],
    [{ 'cache-control': 'Max-Age="30"' }, 30, 30],
    [{ expires }, 40, 40],
    [{ expires, 'cache-control': 'max-age=30' }, 30, 30],
    [{ expires: '0' }, 0, 10],
    [{ expires: 'never' }, 0, 10],
    [{ expires: 'Sun, 20 Sep 2026 00:00:00 GMT' }, 0, 10],
    [{ 'cache-control': 'no-store' }, 0, 10],
    [{ 'cache-control': 'no-cache, max-age=60' }, 0, 10],
    [{ 'cache-control': 'max-age=60, private' }, 0, 10],
    [{ 'cache-control': 'public' }, 50, 50],
  ] as const) {
    const name = JSON.stringify(headers);
    t.equal(ttl(policy(0, 50, 100), headers), from0, `${name}, at least 0`);
    t.equal(ttl(policy(10, 50, 100), headers), from10, `${name}, at least 10`);
  }
  t.equal(ttl(policy(5, 5, 5), { 'cache-control': 'max-age=60' }), 5, 'all three the same');
  t.equal(ttl(policy(0, 0, 0), {}), 0, 'caching disabled');
  for (const status of [301, 302, 307, 308])
    t.equal(ttl(policy(10, 50, 100), {}, status), 50, `${status} is kept as an object is`);
  for (const status of [204, 206, 300, 303, 304]) {
    t.equal(ttl(policy(10, 50, 100), {}, status), 0, `${status} is not kept`);
  }
  t.equal(ttl(policy(0, 50, 100), {}, 404), 10, 'ErrorCachingMinTTL');
  t.equal(
    ttl(policy(0, 50, 100), { 'cache-control': 'max-age=5' }, 404),
    10,
    'which a shorter one does not lower',
  );
  t.equal(ttl(policy(0, 50, 100), { 'cache-control': 'max-age=60' }, 404), 60, 'and a longer one raises');
  t.equal(ttl(policy(0, 50, 100), { 'cache-control': 'no-store' }, 404), 10, 'and no-store does not lower');
  t.equal(ttl(policy(0, 50, 100), {}, 403), 0, 'a 403 only where the origin says so');
  t.equal(ttl(policy(0, 50, 100), { 'cache-control': 'max-age=5' }, 403), 5);
  for (const status of [400, 403, 405, 412, 414, 415, 500, 501, 502, 503, 504]) {
    t.equal(ttl(policy(0, 50, 100), { 'cache-control': 'max-age=5' }, status), 5, `${status}`);
    t.equal(ttl(policy(0, 50, 100), {}, status), 0, `${status} without a time`);
  }
  for (const status of [401, 402, 406, 410, 413, 416, 418, 429, 505])
    t.equal(ttl(policy(0, 50, 100), { 'cache-control': 'max-age=5' }, status), 0, `${status} is not kept`);
});

/** The columns of AWS's page (DG: managed cache policies). */
t.test('each policy of AWS keeps what the origin says nothing of, at least, and at most', async (t) => {
  const { CACHING_OPTIMIZED, CACHING_OPTIMIZED_FOR_UNCOMPRESSED_OBJECTS, CACHING_DISABLED } = CachePolicy;
  const { AMPLIFY, ELEMENTAL_MEDIA_PACKAGE, USE_ORIGIN_CACHE_CONTROL_HEADERS } = CachePolicy;
  const { USE_ORIGIN_CACHE_CONTROL_HEADERS_QUERY_STRINGS } = CachePolicy;
  for (const [{ cachePolicyId: id }, ...seconds] of [
    [CACHING_OPTIMIZED, 86_400, 1, 31_536_000],
    [CACHING_OPTIMIZED_FOR_UNCOMPRESSED_OBJECTS, 86_400, 1, 31_536_000],
    [CACHING_DISABLED, 0, 0, 0],
    [AMPLIFY, 2, 2, 600],
    [ELEMENTAL_MEDIA_PACKAGE, 86_400, 0, 31_536_000],
    [USE_ORIGIN_CACHE_CONTROL_HEADERS, 0, 0, 31_536_000],
    [USE_ORIGIN_CACHE_CONTROL_HEADERS_QUERY_STRINGS, 0, 0, 31_536_000],
  ] as const) {
    const managed = MANAGED_CACHE_POLICIES.get(id) ?? policy(-1, -1, -1);
    const kept = ['public', 'max-age=0', 'max-age=999999999'].map((said) =>
      ttlSeconds(managed, new Map(), { status: 200, headers: new Map([['cache-control', [said]]]) }, NOW_MS),
    );
    t.strictSame(kept, seconds, id);
  }
});

t.test('a policy keeps something if any of its bounds lets it', async (t) => {
  t.notOk(keepsAnything(policy(0, 0, 0)));
  t.ok(keepsAnything(policy(0, 0, 1)));
  t.ok(keepsAnything(policy(1, 0, 0)));
});
