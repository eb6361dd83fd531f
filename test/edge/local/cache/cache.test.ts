import t from 'tap';
import { createCache, isFresh } from '../../../../edge/local/cache/cache.ts';

const answer = (bytes: number) => ({
  status: 200,
  headers: new Map(),
  body: Buffer.alloc(bytes),
  storedAtMs: 0,
  ttlSeconds: 5,
});

t.test('the least recently used goes first when the bytes run out', async (t) => {
  const cache = createCache(40_000);
  for (const key of ['a', 'b', 'c']) cache.set(key, answer(10_000));
  cache.get('a');
  cache.set('d', answer(10_000));
  t.strictSame(
    ['a', 'b', 'c', 'd'].map((key) => cache.get(key) !== undefined),
    [true, false, true, true],
  );
});

t.test('what was used last stays, also after something else was put in', async (t) => {
  const cache = createCache(40_000);
  for (const key of ['a', 'b']) cache.set(key, answer(10_000));
  for (const key of ['c', 'd', 'e']) {
    cache.get('a');
    cache.set(key, answer(10_000));
  }
  t.ok(cache.get('a'));
});

t.test('what was used last stays, whatever was used between', async (t) => {
  const cache = createCache(40_000);
  for (const key of ['a', 'b', 'c']) cache.set(key, answer(10_000));
  for (const key of ['a', 'c']) cache.get(key);
  for (const key of ['d', 'e']) cache.set(key, answer(10_000));
  t.strictSame(
    ['a', 'b', 'c', 'd', 'e'].map((key) => cache.get(key) !== undefined),
    [false, false, true, true, true],
  );
});

t.test('replacing and deleting give bytes back', async (t) => {
  const cache = createCache(40_000);
  for (let i = 0; i < 100; i++) cache.set('a', answer(10_000));
  for (let i = 0; i < 100; i++) {
    cache.set('b', answer(10_000));
    cache.delete('b');
    cache.delete('b');
  }
  cache.set('c', answer(10_000));
  t.ok(cache.get('a'));
  t.ok(cache.get('c'));
});

t.test('what is larger than the cache is not kept', async (t) => {
  const cache = createCache(40_000);
  cache.set('a', answer(50_000));
  t.equal(cache.get('a'), undefined);
});

t.test('an object that fills the cache to its last byte is kept', async (t) => {
  const cache = createCache(11_025);
  cache.set('a', answer(10_000));
  t.ok(cache.get('a'), 'the key, the body, and 1,024 bytes for the rest');
  cache.set('a', answer(10_001));
  t.equal(cache.get('a'), undefined);
});

t.test('an invalidation drops what is at a path, or below it, with every key', async (t) => {
  const keys = ['0/a?', '1/a?\n=x', '0/a?v=1', '0/a/b?', '0/ab?'];
  for (const [paths, dropped] of [
    [['/a'], ['0/a?', '1/a?\n=x']],
    [['a'], ['0/a?', '1/a?\n=x']],
    [['/a?v=1'], ['0/a?v=1']],
    [['/a/*'], ['0/a/b?']],
    [['/none', '/ab'], ['0/ab?']],
    [['/a*'], keys],
    [['*'], keys],
    [['/'], []],
  ] as const) {
    const cache = createCache(40_000);
    for (const key of keys) cache.set(key, answer(1));
    t.equal(cache.invalidate(paths), dropped.length, paths.join());
    const left = keys.filter((key) => cache.get(key) !== undefined);
    t.strictSame(
      left,
      keys.filter((key) => !dropped.some((one) => one === key)),
      paths.join(),
    );
  }
});

t.test('an answer is fresh until its time is over', async (t) => {
  const times = [0, 4_999, 5_000].map((nowMs) => isFresh(answer(1), nowMs));
  t.strictSame(times, [true, true, false]);
});
