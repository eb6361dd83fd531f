import fc from 'fast-check';
import t from 'tap';
import { toReturnTo } from '../../../../services/auth/provider/login.ts';

t.test('return_to: a path of the app host, or the start page', async (t) => {
  const app = 'https://app.example.com';
  for (const path of ['/', '/a/b?c=d#e', '/%E5%86%99', '/a/../b'])
    t.ok(toReturnTo(path, app).startsWith('/'), path);
  t.equal(toReturnTo('/a/b?c=d#e', app), '/a/b?c=d#e');
  const payloads: unknown[] = [
    '//evil',
    '/\\evil',
    '/\t/evil',
    '/%09/evil\n',
    '\\/evil',
    'https:evil',
    'https:/evil',
    '///evil',
    '/.//evil',
    '/%2e%2e//evil',
    '/\t\t//evil',
    'http:///evil',
    '/..//evil',
    '/x/..//evil',
    '@evil',
    ' //evil',
    '/ /evil',
    'https://app.example.com.evil',
    'https://app.example.com',
    'javascript:alert(1)',
    'data:,x',
    '/a\r\nSet-Cookie: x',
    `/${'a'.repeat(512)}`,
    undefined,
    ['/a'],
    '',
    '.evil',
    '/é',
  ];
  for (const payload of payloads)
    t.equal(toReturnTo(payload, app), '/', JSON.stringify(payload)?.slice(0, 40) ?? 'undefined');
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'/\\.:@?#%\t\n evil2fF'), maxLength: 12 }),
      (text) => new URL(toReturnTo(text, app), app).origin === app && !toReturnTo(text, app).startsWith('//'),
    ),
    { numRuns: 20_000 },
  );
  const longest = `/${'a'.repeat(511)}`;
  t.equal(toReturnTo(longest, app), longest);
});
