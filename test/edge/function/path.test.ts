import t from 'tap';
import { checkPath } from '../../../edge/function/path.ts';

const ID = 'abcdefghijklmnopqrstuvwxyz';

t.test('passes clean paths under one user', async (t) => {
  for (const rest of [
    'photo.png',
    'a/b/c.pdf',
    '%E5%86%99%E7%9C%9F.png',
    '%e5%86%99%e7%9c%9f.png',
    "it's(1)!*.png",
    'a%20b',
    'a%2Bb',
    '...',
    '.hidden',
    'a%3Fb%23c%25d',
    'a'.repeat(1024 - 33),
  ]) {
    t.same(checkPath(`/users/${ID}/${rest}`), { ok: true, userId: ID }, rest.slice(0, 40));
  }
});

t.test('refuses what is not one clean path under one user', async (t) => {
  const inside = [
    '../other/x',
    './x',
    'a/../b',
    '..',
    '.',
    '%2e%2e/x',
    '%2E%2e/x',
    '.%2e/x',
    '%2e./x',
    '%2e/x',
    'a/%2e%2e',
    '..%2fx',
    'a%2Fb',
    'a%5cb',
    'a\\b',
    '/x',
    'a//b',
    'a+b',
    'a%00b',
    'a%0ab',
    'a%1Fb',
    'a%7fb',
    'a\u0000b',
    'a\u007fb',
    'a b',
    'a"b',
    'a<b',
    'a#b',
    'a?b',
    'é',
    '写真.png',
    'a%',
    'a%2',
    'a%zz',
    'a%u0041',
    '%c0%af',
    '%c0%ae%c0%ae',
    '%e0%80%af',
    '%f0%80%80%af',
    '%ed%a0%80',
    '%f4%90%80%80',
    '%f5%80%80%80',
    '%80',
    '%c3',
    '%c3x',
    '%e5%86',
    '%c2%80',
    '%c2%9f',
    '%ff',
    'a'.repeat(1024 - 32),
    '..;/x%2f',
  ];
  for (const rest of inside) {
    t.same(
      checkPath(`/users/${ID}/${rest}`),
      { ok: false, refusal: 'bad_path' },
      JSON.stringify(rest.slice(0, 40)),
    );
  }
  const whole = [
    '',
    '/',
    '/users',
    '/users/',
    `/users/${ID}`,
    `//users/${ID}/x`,
    `/users//${ID}/x`,
    `/users/${ID}//x`,
    `/Users/${ID}/x`,
    `/%75sers/${ID}/x`,
    `/users%2F${ID}/x`,
    `/users/${ID}%2Fx/y`,
    '/users/*/x',
    '/users/?/x',
    '/users/a.b/x',
    '/users/../x/y',
    '/users/%61/x',
    `/users/${'a'.repeat(65)}/x`,
    `users/${ID}/x`,
    `http://localhost/users/${ID}/x`,
    `/users/./${ID}/x`,
    `/x/../users/${ID}/x`,
  ];
  for (const path of whole) t.same(checkPath(path), { ok: false, refusal: 'bad_path' }, JSON.stringify(path));
});

t.test('a folder is not a file', async (t) => {
  for (const rest of ['', 'a/', 'a/b/']) {
    t.same(checkPath(`/users/${ID}/${rest}`), { ok: false, refusal: 'not_a_file' }, rest);
  }
  t.same(checkPath(`/users/${ID}/a//`), { ok: false, refusal: 'bad_path' });
});
