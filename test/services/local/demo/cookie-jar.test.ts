import t from 'tap';
import { createCookieJar } from '../../../../services/local/demo/cookie-jar.ts';
import { listOf, parseRecord, textOf } from '../../../../services/local/demo/record.ts';

t.test('a cookie is sent below its path, until it is over', async (t) => {
  const jar = createCookieJar();
  const sent = (...paths: string[]) => paths.map((path) => jar.header(path));
  jar.store(['a=1', 'b=2; HttpOnly; Path=/auth', 'c=x=y; path=/users/u/; Max-Age=10']);
  t.strictSame(sent('/', '/auth', '/auth/login', '/authors', '/users/u/f', '/users/u', '/users/v'), [
    ...['a=1', 'a=1; b=2', 'a=1; b=2', 'a=1', 'a=1; c=x=y', 'a=1; c=x=y', 'a=1'],
  ]);
  jar.store(['a=3; Expires=Fri, 01 Jan 2999 00:00:00 GMT', 'a=4; Path=/auth']);
  t.strictSame(sent('/', '/auth'), ['a=3', 'a=3; b=2; a=4'], 'by name and path');
  jar.store(['a=; Max-Age=0', 'b=; Path=/auth; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'c=; Max-Age=0']);
  t.strictSame(sent('/', '/auth', '/users/u/f'), ['', 'a=4', 'c=x=y'], 'only that of the same path is over');
});

t.test('the files host gets the cookies of CloudFront alone', async (t) => {
  const jar = createCookieJar();
  jar.store(['session=s', 'CloudFront-Policy=p; Path=/users/u/', 'my-CloudFront-=m', 'CloudFront-Policy=q']);
  t.equal(jar.ofFiles('/users/u/f'), 'CloudFront-Policy=p; CloudFront-Policy=q');
  t.equal(jar.ofFiles('/users/v/f'), 'CloudFront-Policy=q');
});

t.test('what is no object, list or text is refused', async (t) => {
  t.strictSame(parseRecord({ a: 1 }), { a: 1 });
  for (const raw of ['text', null, undefined]) t.throws(() => parseRecord(raw), TypeError, String(raw));
  t.strictSame([listOf([{ a: 1 }]), listOf({ a: 1 }), listOf(undefined)], [[{ a: 1 }], [], []]);
  t.throws(() => listOf(['text']), TypeError);
  t.equal(textOf(''), '');
  t.throws(() => textOf(1), TypeError);
});
