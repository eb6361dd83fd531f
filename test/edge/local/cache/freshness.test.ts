import t from 'tap';
import { ttlSeconds } from '../../../../edge/local/cache/cache.ts';

const NOW_MS = Date.parse('Mon, 21 Sep 2026 00:00:00 GMT');
const policy = (MinTTL: number, DefaultTTL: number, MaxTTL: number) => ({ MinTTL, DefaultTTL, MaxTTL });

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
