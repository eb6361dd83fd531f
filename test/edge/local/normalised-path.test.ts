import t from 'tap';
import { normalisePath } from '../../../edge/local/normalised-path.ts';

t.test('a path is normalised as in RFC 3986, and repeated slashes are one', async (t) => {
  for (const [rawPath, expected] of [
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/a/b/', '/a/b/'],
    ['//a///b//', '/a/b/'],
    ['/a/./b/../c', '/a/c'],
    ['/a/b/..', '/a/'],
    ['/a/.', '/a/'],
    ['/..', '/'],
    ['/../../a', '/a'],
    ['/a/..b/...', '/a/..b/...'],
    ['/a/%2e%2e/b', '/b'],
    ['/a/%2E./b', '/b'],
    ['/a/%252e%252e/b', '/a/%252e%252e/b'],
    ['/%75sers/%7Ea', '/users/~a'],
    ['/a%2fb%5c', '/a%2Fb%5C'],
    ['/%e5%86%99', '/%E5%86%99'],
    ['/%zz%', '/%zz%'],
  ] as const) {
    t.equal(normalisePath(rawPath), expected, rawPath);
    t.equal(normalisePath(expected), expected, 'once is enough');
  }
});
