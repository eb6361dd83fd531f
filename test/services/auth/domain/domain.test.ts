import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { readPath } from '../../../../edge/function/path.ts';
import { parseEpochSeconds, toEpochSeconds } from '../../../../services/auth/domain/epoch-seconds.ts';
import { filePath, nameOfKey, objectKey, parseFileName } from '../../../../services/auth/domain/file-name.ts';
import { loginCookieName, loginsToDrop } from '../../../../services/auth/domain/login.ts';
import { typeByExtension } from '../../../../services/auth/domain/media-types.ts';
import { originFaults, parseOrigins } from '../../../../services/auth/domain/origins.ts';
import { fileUrlPolicy, folderPolicy } from '../../../../services/auth/domain/policy.ts';
import { isPublicSuffix } from '../../../../services/auth/domain/public-suffix.ts';
import { toReturnTo } from '../../../../services/auth/domain/return-to.ts';
import {
  isLive,
  isTouchDue,
  refreshAtEpoch,
  sessionEndEpoch,
} from '../../../../services/auth/domain/session.ts';
import { nextStart } from '../../../../services/auth/domain/session-start.ts';
import { signedUrl } from '../../../../services/auth/domain/signed-url.ts';
import { deriveUserId, parseUserId, userIdFromClaim } from '../../../../services/auth/domain/user-id.ts';

const ID = deriveUserId('https://issuer.example', 'alice');

t.test('user id: base32 of the first 130 bits of SHA-256 over issuer, NUL, subject', async (t) => {
  const bits = [...createHash('sha256').update('https://issuer.example\0alice').digest()]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  const expected = Array.from(
    { length: 26 },
    (_, i) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(bits.slice(i * 5, i * 5 + 5), 2)],
  ).join('');
  t.equal(ID, expected);
  t.not(deriveUserId('a', 'bc'), deriveUserId('ab', 'c'));
  t.not(deriveUserId('a', 'B'), deriveUserId('a', 'b'), 'upper and lower case differ');
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (issuer, subject) =>
      /^[a-z2-7]{26}$/.test(deriveUserId(issuer, subject)),
    ),
  );
  t.throws(() => parseUserId('*'), TypeError);
});

t.test('user id: no two subjects get one folder', async (t) => {
  const refuses = (name: string, issuer: unknown, subject: unknown) =>
    t.throws(
      () => deriveUserId(issuer as string, subject as string),
      {
        name: 'TypeError',
        message: `${name} must be text without a NUL or half of a surrogate pair, and not empty`,
      },
      JSON.stringify([issuer, subject]),
    );
  for (const value of [undefined, null, 5, ['a'], '', '\0', 'a\0b', '\ud800', 'a\udc00b', '\udc00\ud800']) {
    refuses('issuer', value, 'a');
    refuses('subject', 'a', value);
  }
  t.not(deriveUserId('a', '\u{1f600}'), deriveUserId('a', '\ufffd'), 'a complete pair is a character');
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }).filter((one) => !one.includes('\0'));
  fc.assert(
    fc.property(fc.tuple(text, text), fc.tuple(text, text), (one, other) => {
      const isSame = one[0] === other[0] && one[1] === other[1];
      return (deriveUserId(...one) === deriveUserId(...other)) === isSame;
    }),
  );
});

t.test('user id from a claim: harmless, and never one that a derivation could give', async (t) => {
  t.equal(userIdFromClaim('emp-4711'), 'emp-4711');
  for (const value of [undefined, 5, '', '*', 'a/b', 'a.b', '..', 'a?', 'é', 'x'.repeat(65), ID, ['a']])
    t.equal(userIdFromClaim(value), undefined, String(value));
});

t.test('folder policy: one statement, whole seconds, nothing else', async (t) => {
  t.equal(
    folderPolicy({
      filesOrigin: 'https://files.example.com',
      id: ID,
      start: parseEpochSeconds(1_767_200_000),
      expiresAt: parseEpochSeconds(1_767_290_400),
    }),
    `{"Statement":[{"Resource":"https://files.example.com/users/${ID}/*","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400},"DateGreaterThan":{"AWS:EpochTime":1767200000}}}]}`,
  );
  for (const bad of [1_767_290_400_000, 1.5, Number.NaN, -1]) {
    t.throws(() => parseEpochSeconds(bad), RangeError);
  }
  t.equal(toEpochSeconds(1_767_290_400_999), 1_767_290_400);
  t.throws(() => fileUrlPolicy('https://f.example/users/a/*', parseEpochSeconds(1)), TypeError);
});

t.test('signed URL: canned, appended to the unchanged bytes of the URL', async (t) => {
  const signer = {
    sign: async () => ({ policy: 'P', signature: 'S~_', keyPairId: 'K', hashAlgorithm: 'SHA256' as const }),
  };
  t.equal(
    await signedUrl('https://f.example/users/a/b?v=1', parseEpochSeconds(99), signer),
    'https://f.example/users/a/b?v=1&Expires=99&Signature=S~_&Key-Pair-Id=K&Hash-Algorithm=SHA256',
  );
  const sha1 = { sign: async () => ({ policy: 'P', signature: 'S', keyPairId: 'K' }) };
  t.equal(
    await signedUrl('https://f.example/users/a/b', parseEpochSeconds(99), sha1),
    'https://f.example/users/a/b?Expires=99&Signature=S&Key-Pair-Id=K',
  );
});

t.test('file names: a name that can be stored can be fetched, and its key gives the name back', async (t) => {
  t.equal(parseFileName('か\u3099.png', ID), 'が.png', 'NFC');
  for (const [name, reason] of [
    ['', 'empty'],
    ['../x', '..'],
    ['a/./b', '. or ..'],
    ['a//b', 'no name'],
    ['/a', 'no name'],
    ['a/', 'no name'],
    ['a\u0000', 'control'],
    ['a\u0085', 'control'],
    ['a\\b', 'backslash'],
    ['a\u202egnp.exe', 'direction'],
    ['a\u2066', 'direction'],
    ['\ud800', 'Unicode'],
    ['x'.repeat(1025), 'too long'],
    ['写'.repeat(331), 'too long'],
  ] as const) {
    t.throws(
      () => parseFileName(name, ID),
      { code: 'invalid_name', message: new RegExp(reason.replaceAll('.', '\\.')) },
      JSON.stringify(name.slice(0, 20)),
    );
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), (raw) => {
      let name: ReturnType<typeof parseFileName>;
      try {
        name = parseFileName(raw, ID);
      } catch {
        return true;
      }
      const path = filePath(ID, name);
      const read = readPath(path);
      return (
        read?.userId === ID &&
        read.uri === path &&
        !read.isFolder &&
        decodeURIComponent(path) === `/${objectKey(ID, name)}` &&
        nameOfKey(objectKey(ID, name), ID) === name &&
        !path.includes('*') &&
        !path.includes('?')
      );
    }),
    { numRuns: 20_000 },
  );
  for (const name of ["it's (1)!*.png", 'a+b', 'con', '...', 'a?b#c%d', '写真.png', 'A.png', 'a.png'])
    t.equal(readPath(filePath(ID, parseFileName(name, ID)))?.uri, filePath(ID, name), name);
  t.equal(nameOfKey(`users/${ID}/`, ID), undefined, 'a folder marker');
  t.equal(nameOfKey('users/other/x', ID), undefined);
  t.equal(nameOfKey(`users/${ID}/a//b`, ID), undefined);
});

t.test('types by extension', async (t) => {
  t.equal(typeByExtension('写真.PNG'), 'image/png');
  t.equal(typeByExtension('a.constructor'), 'application/octet-stream');
  t.equal(typeByExtension('Makefile'), 'application/octet-stream');
});

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
});

t.test('origins: every fault is named', async (t) => {
  t.strictSame(originFaults('https://app.example.com', 'https://files.app.example.com', isPublicSuffix), []);
  t.strictSame(parseOrigins('https://app.example.com', 'https://files.app.example.com', isPublicSuffix), {
    app: 'https://app.example.com',
    files: 'https://files.app.example.com',
    cookieDomain: 'app.example.com',
  });
  t.strictSame(parseOrigins('http://localhost:3000', 'http://localhost:8080', isPublicSuffix), {
    app: 'http://localhost:3000',
    files: 'http://localhost:8080',
  });
  t.strictSame(
    originFaults('http://app.example.test:1', 'http://files.app.example.test:2', isPublicSuffix),
    [],
  );
  const fault = (app: string, files: string, pattern: RegExp) => {
    t.ok(
      originFaults(app, files, isPublicSuffix).some((text) => pattern.test(text)),
      `${app} ${files}`,
    );
    t.throws(() => parseOrigins(app, files, isPublicSuffix), { message: new RegExp(pattern, 'm') });
  };
  fault('app.example.com', 'https://files.app.example.com', /^APP_ORIGIN must be an origin/);
  // A host that CORS and a content security policy would read as more than one host.
  for (const host of ['*.example.com', 'app.example.com;x', 'app.example.com,x', "app'x.example.com"]) {
    fault(`https://${host}`, `https://files.${host}`, /^APP_ORIGIN must be an origin/);
  }
  fault('https://app.example.com/', 'x', /^FILES_ORIGIN must be an origin/);
  fault('http://app.example.com', 'http://files.app.example.com', /must be https/);
  fault('https://app.example.com', 'http://files.app.example.test', /must have the same scheme/);
  fault('https://app.example.com', 'https://files.example.com', /child of the app host/);
  fault('https://app.example.com', 'https://evilapp.example.com', /child of the app host/);
  fault('https://app.example.com', 'https://app.example.com:8443', /child of the app host/);
  fault('https://app.example.com', 'https://app.example.com', /must differ/);
  fault('https://co.uk', 'https://files.co.uk', /public suffix/);
  fault('https://github.io', 'https://me.github.io', /public suffix/);
});

t.test('session starts are strictly increasing, and past everywhere', async (t) => {
  const now = 1_800_000_000;
  t.equal(nextStart(undefined, now), now - 3_600);
  t.equal(nextStart(now - 3_600, now), now - 3_599);
  t.equal(nextStart(now - 61, now), now - 60);
  t.equal(nextStart(now - 60, now), undefined);
  fc.assert(
    fc.property(fc.nat(7_200), (ago) => {
      const start = nextStart(now - ago, now);
      return start === undefined || (start > now - ago && start <= now - 60);
    }),
  );
});

t.test('session: lifetimes and the window of its cookies', async (t) => {
  const session = {
    ...{ id: '', tokenHash: '', start: 0, subjectHash: '', createdAtEpoch: 0, issuedAtEpoch: 0 },
    ...{ expiresAtEpoch: 10_000, lastUsedAtEpoch: 1_400 },
  };
  t.ok(isLive(session, 4_999));
  t.notOk(isLive(session, 5_000));
  t.notOk(isLive({ ...session, lastUsedAtEpoch: 9_000 }, 10_000));
  t.equal(sessionEndEpoch(session), 5_000);
  t.equal(refreshAtEpoch({ issuedAtEpoch: 1_000, expiresAtEpoch: 1_900 }), 1_600);
  t.notOk(isTouchDue(session, 1_699), 'written less than five minutes ago');
  t.ok(isTouchDue(session, 1_700));
});

t.test('logins under way: at most five, the oldest goes first', async (t) => {
  const login = (cookieName: string, expiresAtEpoch?: number) => ({
    cookieName,
    ...(expiresAtEpoch
      ? { transaction: { state: '', nonce: '', codeVerifier: '', returnTo: '/', expiresAtEpoch } }
      : {}),
  });
  t.strictSame(loginsToDrop([login('a', 1), login('b', 2), login('c', 3), login('d', 4)]), []);
  t.strictSame(loginsToDrop([login('e', 5), login('a', 1), login('b', 2), login('c', 3), login('d', 4)]), [
    'a',
  ]);
  t.strictSame(
    loginsToDrop([login('e', 5), login('a', 1), login('b', 2), login('c', 3), login('x'), login('d', 4)]),
    ['x', 'a'],
  );
  t.match(loginCookieName('s'), /^__Host-login-[\w-]{22}$/);
});
