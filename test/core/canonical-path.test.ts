import { readFileSync } from 'node:fs';
import t from 'tap';
import { encodeName, isTeamId, readPath } from '../../core/canonical-path.ts';

const ID = 'abcdefghijklmnopqrstuvwxyz';
const FOLDER = `/users/${ID}/`;

function normalised(rest: string): string | undefined {
  return readPath(FOLDER + rest)?.uri.slice(FOLDER.length);
}

t.test('a canonical path stays as it is', async (t) => {
  for (const rest of [
    'photo.png',
    'a/b/c.pdf',
    '%E5%86%99%E7%9C%9F.png',
    'it%27s%281%29%21%2A.png',
    'a%20b',
    'a%2Bb',
    '...',
    '.hidden',
    'a%3Fb%23c%25d',
    'a'.repeat(1024 - 33),
    '%F0%9F%98%80',
    '%25%32e',
    '%252e%252e',
  ]) {
    const expected = rest === '%25%32e' ? '%252e' : rest;
    t.strictSame(
      readPath(FOLDER + rest),
      { folder: FOLDER, ownerId: ID, isTeam: false, uri: FOLDER + expected, isFolder: false },
      rest.slice(0, 40),
    );
    t.equal(normalised(expected), expected, 'and once more');
  }
  t.equal(readPath('/users/A_-9/x')?.ownerId, 'A_-9');
});

t.test('every spelling of one file becomes the same path', async (t) => {
  const equal: [canonical: string, ...spellings: string[]][] = [
    [
      'photo.png',
      '%70hoto.png',
      'photo%2Epng',
      'photo%2epng',
      '/photo.png',
      `${'/'.repeat(5_000)}photo.png`,
      `${'/'.repeat(3_063)}photo.png`,
    ],
    ['a/b', 'a//b', 'a///b', '//a//b', '%61/%62'],
    ['%E5%86%99', '%e5%86%99', '%E5%86%99', '写'],
    ['a%2Bb', 'a+b', 'a%2bb'],
    ['a%20b', 'a b', 'a%20b'],
    ['it%27s%281%29%21%2A', "it's(1)!*", 'it%27s(1)!%2a'],
    ['a%24%26%2C%3B%3D%3A%40', 'a$&,;=:@', 'a%24&,%3b=:%40'],
    ['-._~', '%2d%2E%5f%7E'],
    ['a%21', 'a!'],
    ['a%27', "a'"],
    ['a%28', 'a('],
    ['a%29', 'a)'],
    ['a%2A', 'a*', 'a%2a'],
    ['a%23b', 'a#b', 'a%23b'],
    ['a%22%3C%3E%5B%5D%5E%60%7B%7C%7D', 'a"<>[]^`{|}'],
  ];
  for (const [canonical, ...spellings] of equal) {
    for (const spelling of spellings) t.equal(normalised(spelling), canonical, spelling);
    t.equal(normalised(canonical), canonical, canonical);
  }
});

t.test('the README beside the code says which spellings are equal, and it is right', async (t) => {
  const text = readFileSync(new URL('../../edge/function/README.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([^`]+)` +\| `([^`]+)` +\|/gm)];
  t.ok(rows.length >= 8, `${rows.length} rows`);
  for (const [, spelling = '', canonical = ''] of rows) {
    const named = (path: string) => path.replace('<id>', ID).replace('<tid>', 'teamteamteamteamteamteam23');
    t.equal(readPath(named(spelling))?.uri ?? '400', named(canonical), spelling);
  }
});

t.test('refuses every path that is not one path under one user', async (t) => {
  const inside = [
    '../other/x',
    './x',
    'a/../b',
    'a/..//b',
    '..',
    '.',
    '../',
    './',
    '%2e%2e/x',
    '%2E%2e/x',
    '.%2e/x',
    '%2e./x',
    '%2e/x',
    'a/%2e%2e',
    'a/%2e%2e/',
    '/../x',
    '..;/x',
    '..%3b/x',
    '.;a=b/x',
    'a/..;x',
    '..%2fx',
    'a%2Fb',
    'a%2fb',
    'a%5cb',
    'a%5Cb',
    'a\\b',
    'a%00b',
    'a%0ab',
    'a%1Fb',
    'a%7fb',
    'a\u0000b',
    'a\nb',
    'a\n',
    'a\u007fb',
    'a\u0085b',
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
    '\ud800',
    'a'.repeat(1024 - 32),
    '写'.repeat(331),
    `${'a'.repeat(1024 - 32)}/`,
    '%21'.repeat(1024 - 32),
  ];
  for (const rest of inside) {
    t.equal(readPath(FOLDER + rest), undefined, JSON.stringify(rest.slice(0, 40)));
    // Canonical paths have their escapes in upper case: this is another way through the code.
    const upper = rest.replace(/%[0-9a-f]{2}/g, (encoded) => encoded.toUpperCase());
    if (upper !== rest) t.equal(readPath(FOLDER + upper), undefined, JSON.stringify(upper.slice(0, 40)));
  }
  const whole = [
    '',
    '/',
    '/users',
    '/users/',
    `/users/${ID}`,
    `//users/${ID}/x`,
    `/users//${ID}/x`,
    `/Users/${ID}/x`,
    `/%75sers/${ID}/x`,
    `/users%2F${ID}/x`,
    `/users/${ID}%2Fx/y`,
    `/users/${ID}%00/y`,
    '/users/*/x',
    '/users/?/x',
    '/users/a.b/x',
    '/users/a\n/x',
    '/users/../x/y',
    '/users/%61/x',
    `/users/${'a'.repeat(65)}/x`,
    `users/${ID}/x`,
    `http://localhost/users/${ID}/x`,
    `/users/./${ID}/x`,
    `/x/../users/${ID}/x`,
    `/usersx${ID}/x`,
    `\\users\\${ID}\\x`,
  ];
  for (const path of whole) t.equal(readPath(path), undefined, JSON.stringify(path));
});

t.test('a key has at most 1,024 bytes of UTF-8', async (t) => {
  const room = 1_024 - `users/${ID}/`.length;
  for (const [character, bytes] of [
    ['a', 1],
    ['%21', 1],
    ['%C3%A9', 2],
    ['%e5%86%99', 3],
    ['%F0%9F%98%80', 4],
  ] as const) {
    const most = Math.floor(room / bytes);
    t.ok(normalised(character.repeat(most)), `${most} × ${character}`);
    t.equal(normalised(character.repeat(most + 1)), undefined, `${most + 1} × ${character}`);
  }
});

t.test("a team's folder has the same rules, and only 26 characters of base32 name a team", async (t) => {
  const id = 'teamteamteamteamteamteam23';
  const folder = `/teams/${id}/`;
  const team = { folder, ownerId: id, isTeam: true };
  t.strictSame(readPath(`${folder}a.png`), { ...team, uri: `${folder}a.png`, isFolder: false });
  t.strictSame(readPath(`${folder}/%61+b`), { ...team, uri: `${folder}a%2Bb`, isFolder: false });
  t.strictSame(readPath(`${folder}/`), { ...team, uri: folder, isFolder: true });
  t.equal(readPath(`${folder}../${id}/a`), undefined);
  t.ok(isTeamId(id));
  for (const other of [
    '',
    id.slice(1),
    `${id}a`,
    `${id.slice(1)}1`,
    `${id.slice(1)}T`,
    `${id.slice(1)}_`,
    `${id}\n`,
  ]) {
    t.notOk(isTeamId(other), JSON.stringify(other));
    for (const rest of ['a.png', '%61.png']) t.equal(readPath(`/teams/${other}/${rest}`), undefined, other);
  }
});

t.test('a path that ends in a slash is a folder', async (t) => {
  for (const [rest, uri] of [
    ['', ''],
    ['/', ''],
    ['//', ''],
    ['a/', 'a/'],
    ['a//', 'a/'],
    ['a/b/', 'a/b/'],
  ] as const) {
    t.strictSame(
      readPath(FOLDER + rest),
      { folder: FOLDER, ownerId: ID, isTeam: false, uri: FOLDER + uri, isFolder: true },
      rest,
    );
  }
});

t.test('a name has one spelling that passes, or none', async (t) => {
  t.equal(encodeName('写真 (1)+.png'), '%E5%86%99%E7%9C%9F%20%281%29%2B.png');
  t.equal(encodeName("'a'"), '%27a%27');
  t.equal(encodeName('a/b'), 'a/b');
  for (const name of ['', '/', 'a/', '/a', 'a//b', '.', '..', 'a/..', '..;x', 'a\\b', 'a\u0000', '\ud83d']) {
    t.equal(encodeName(name), undefined, JSON.stringify(name));
  }
});
