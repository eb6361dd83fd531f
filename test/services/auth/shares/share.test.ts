import fc from 'fast-check';
import t from 'tap';
import { attachment } from '../../../../core/disposition.ts';
import { encodeDownloadName } from '../../../../core/download-name.ts';
import { edgeEntry, isDue, withEdgeTold, withRevokedShare } from '../../../../services/auth/edge/entry.ts';
import { NEW_USER } from '../../../../services/auth/sessions/record.ts';
import { MAX_SHARES, withShare } from '../../../../services/auth/shares/share.ts';
import { anyCharacter } from '../../../support/any-character.ts';

const NOW = 1_795_600_000;

t.test("creating and revoking shares in a loop never fills the edge's entry", async (t) => {
  let user = { ...NEW_USER, lastShare: 99_999_999 };
  let created = 0;
  let largest = 0;
  for (let second = 0; second < 3_600; second++) {
    const now = NOW + second;
    if (isDue(user, now)) user = withEdgeTold(user, user, now, now);
    for (let i = 0; i < 5; i++) {
      const next = withShare(user, { name: 'a', expiresAtEpoch: now + 60 }, now);
      if (!next) continue;
      created++;
      user = withRevokedShare(next, next.lastShare, now + 60, now);
      largest = Math.max(largest, edgeEntry(user, now)?.length ?? 0);
    }
  }
  t.ok(created > MAX_SHARES, `${created} created`);
  t.ok(largest > 400 && largest < 600, `the largest entry had ${largest} bytes`);
  const over = NOW + 7_200;
  t.strictSame(withEdgeTold(user, user, over, over).revokedShares, []);
});

t.test('a download name is accepted only if the edge accepts it', async (t) => {
  t.equal(encodeDownloadName('Bericht "März" 2026.pdf'), 'Bericht%20%22M%C3%A4rz%22%202026.pdf');
  t.equal(encodeDownloadName("it's (1)!*?.pdf"), 'it%27s%20%281%29%21%2A%3F.pdf');
  for (const bad of [
    ...[
      '',
      '.',
      '..',
      'a/b',
      '/a',
      'a\\b',
      'a\r\nSet-Cookie: x=y',
      'a\0',
      'a\u202egpj.exe',
      '\ud800',
      'ä'.repeat(200),
    ],
    ...['..;x'],
  ])
    t.throws(() => encodeDownloadName(bad), { code: 'invalid_name' }, JSON.stringify(bad));
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter, maxLength: 40 }), (name) => {
      try {
        const encoded = encodeDownloadName(name);
        return (
          /^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+$/.test(encoded) &&
          attachment(encoded).includes("filename*=UTF-8''") &&
          !/[\r\n]/.test(attachment(encoded))
        );
      } catch (error) {
        return error instanceof Error && error.name !== 'URIError';
      }
    }),
  );
});
