import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { folderNote, isLoginCookieName, loginCookieName, notedFolder } from '../../core/cookies.ts';
import { parseTeamId, teamOwner, userOwner } from '../../core/owner.ts';
import { deriveUserId, isSubject, parseUserId, userIdFromClaim } from '../../core/user-id.ts';
import { anyCharacter } from '../support/any-character.ts';

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
  const text = fc
    .string({ unit: anyCharacter, minLength: 1, maxLength: 3 })
    .filter((one) => !one.includes('\0'));
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

t.test('a subject has 1 to 255 characters, an id 1 to 64', async (t) => {
  const lengths = [0, 1, 255, 256];
  t.strictSame(
    lengths.map((length) => isSubject('x'.repeat(length))),
    [false, true, true, false],
  );
  for (const id of ['x', 'x'.repeat(64)]) t.strictSame([parseUserId(id), userIdFromClaim(id)], [id, id], id);
  for (const id of ['*', '', 'x'.repeat(65)]) t.throws(() => parseUserId(id), TypeError, String(id.length));
});

t.test('the names of cookies name one user or one sign-in, and no other name does', async (t) => {
  const team = parseTeamId(ID);
  for (const noted of [
    { owner: userOwner(ID), renewedAtEpoch: 0 },
    { owner: teamOwner(team), renewedAtEpoch: 1_795_600_000 },
  ]) {
    const { name, value } = folderNote(noted);
    t.strictSame(notedFolder(name, value), noted, 'a user and a team with ids alike are told apart');
  }
  for (const name of ['x__Host-files-a', '__Host-files-', '__Host-files-a.b', '__Host-files-a b']) {
    t.equal(notedFolder(name, '1'), undefined, name);
  }
  t.equal(notedFolder(`__Host-files-${'a'.repeat(65)}`, '1'), undefined);
  t.equal(notedFolder('__Host-files-emp-1', '1795600000')?.owner.kind, 'user', 'no team has that id');
  const login = loginCookieName('state');
  t.ok(isLoginCookieName(login));
  t.not(login, loginCookieName('other state'));
  for (const name of [`x${login}`, `${login}x`, login.slice(0, -1)]) t.notOk(isLoginCookieName(name), name);
});
