import t from 'tap';
import { matchesPathPattern, normalisedPath } from '../../../../edge/local/viewer/path-pattern.ts';

t.test('a pattern takes a path as AWS describes it', async (t) => {
  for (const [pattern, path, expected] of [
    ['*', '/', true],
    ['*', '/a/b', true],
    ['images/*', '/images/a.jpg', true],
    ['/images/*', '/images/a.jpg', true],
    ['images/*', '/images', false],
    ['images/*', '/Images/a.jpg', false],
    ['images/*.jpg', '/images/a/b.jpg', true],
    ['images/*.jpg', '/images/a.jpg.png', false],
    ['images/a*.jpg', '/images/a.jpg', true],
    ['a?.jpg', '/a1.jpg', true],
    ['a?.jpg', '/a.jpg', false],
    ['a?.jpg', '/a12.jpg', false],
    ['a?b', '/a/b', true],
    ['*.jpg', '/x/y.jpg', true],
    ['a', '/a', true],
    ['a', '/ab', false],
    ['', '/', true],
    ['', '/a', false],
    ['*a*b', '/xaxbxab', true],
    ['*a*b', '/xbxa', false],
    ['a.c', '/abc', false],
  ] as const) {
    t.equal(matchesPathPattern(pattern, path), expected, `${pattern} ${path}`);
  }
});

t.test('a hostile path costs no more than the product of the lengths', async (t) => {
  const startedMs = performance.now();
  t.notOk(matchesPathPattern(`${'*a'.repeat(60)}b`, `/${'a'.repeat(8_000)}`));
  t.ok(performance.now() - startedMs < 1_000);
});

t.test('the path that chooses is normalised', async (t) => {
  for (const [raw, expected] of [
    ['/a/b', '/a/b'],
    ['/a//b', '/a/b'],
    ['//a', '/a'],
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/a/..', '/'],
    ['/a/b/.', '/a/b/'],
    ['/../../a', '/a'],
    ['/a/%2e%2E/b', '/b'],
    ['/%75sers/a', '/users/a'],
    ['/users%2f43', '/users%2F43'],
    ['/a%zz', '/a%zz'],
    ['/a/...', '/a/...'],
    ['/.a', '/.a'],
    ['/', '/'],
  ] as const) {
    t.equal(normalisedPath(raw), expected, raw);
  }
});
