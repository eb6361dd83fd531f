import fc from 'fast-check';
import t from 'tap';
import { attachment } from '../../../../core/disposition.ts';
import { encodeDownloadName } from '../../../../core/download-name.ts';
import { parseEpochSeconds } from '../../../../core/epoch-seconds.ts';
import { parseStoredName } from '../../../../core/file-name.ts';
import { parseIpv4Range } from '../../../../core/ipv4-range.ts';
import { userOwner } from '../../../../core/owner.ts';
import { fileUrlPolicy } from '../../../../core/policy.ts';
import { CLOCKS_APART_SECONDS, MAX_URL_SECONDS } from '../../../../core/time-bounds.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { parsePolicy, refusingClause } from '../../../../edge/local/signature/policy-statement.ts';
import {
  edgeEntry,
  isDue,
  withEdgeTold,
  withRevokedShare,
  withSharesRevoked,
} from '../../../../services/auth/domain/revocation-entry.ts';
import {
  MAX_SHARES,
  withFilesRevoked,
  withoutShare,
  withShare,
} from '../../../../services/auth/domain/shares.ts';
import { NEW_USER } from '../../../../services/auth/domain/user-record.ts';
import { anyCharacter } from '../../../support/any-character.ts';

const NOW = 1_795_600_000;
const ALICE = parseUserId('alice');

t.test('50 shares at a time, revoked or not, until they expire', async (t) => {
  let user = NEW_USER;
  const add = (name: string, seconds: number, now = NOW) => {
    const next = withShare(user, { name, expiresAtEpoch: now + seconds }, now);
    user = next ?? user;
    return next !== undefined;
  };
  for (let i = 0; i < MAX_SHARES; i++) t.ok(add('a', i === 0 ? 60 : MAX_URL_SECONDS));
  t.notOk(add('a', 60));
  user = withRevokedShare(user, 2, NOW + MAX_URL_SECONDS, NOW);
  t.notOk(add('a', 60), 'a revoked share still counts');
  t.notOk(user.shares.some(({ number }) => number === 2));
  t.ok(add('a', 60, NOW + 60), 'an expired share does not count');
  t.equal(user.lastShare, MAX_SHARES + 1, 'numbers only grow');
  user = withSharesRevoked(user, NOW + 60);
  t.strictSame(user.shares, []);
  t.equal(edgeEntry(user, NOW + 60), `0,|${MAX_SHARES + 1},`, 'signing out everywhere sets one floor');
  t.ok(add('a', 60, NOW + 60));
});

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

t.test('a file that is deleted ends its own shares', async (t) => {
  let user = NEW_USER;
  for (const name of ['a', 'b', 'a']) user = withShare(user, { name, expiresAtEpoch: NOW + 60 }, NOW) ?? user;
  const deleted = withFilesRevoked(user, new Set(['a']), NOW);
  t.strictSame(deleted?.shares, [{ number: 2, name: 'b', expiresAtEpoch: NOW + 60 }]);
  t.match(deleted, { changes: 2, told: 0 });
  t.equal(deleted && edgeEntry(deleted, NOW), '0,|0,1,3,');
  t.equal(deleted && withFilesRevoked(deleted, new Set(['a']), NOW), undefined);
  const longPast = NOW + 60 + CLOCKS_APART_SECONDS;
  t.equal(
    withFilesRevoked(user, new Set(['a']), longPast),
    undefined,
    'links that have ended by every clock need no write',
  );
  t.strictSame(
    withFilesRevoked(user, new Set(['a']), longPast - 1)?.revokedShares.map(({ number }) => number),
    [1, 3],
    'by another clock they may still open',
  );
  t.strictSame(
    withoutShare(user, 2).shares.map(({ number }) => number),
    [1, 3],
  );
});

t.test('an IPv4 address or range, as the edge reads it', async (t) => {
  for (const [raw, range] of [
    ['192.0.2.1', '192.0.2.1/32'],
    ['192.0.2.77/24', '192.0.2.0/24'],
    ['255.255.255.255/9', '255.128.0.0/9'],
    ['10.1.2.3/0', '0.0.0.0/0'],
    ['203.0.113.129/31', '203.0.113.128/31'],
  ] as const)
    t.equal(parseIpv4Range(raw), range, raw);
  for (const bad of [
    ...[
      '',
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '01.2.3.4',
      '1.2.3.4/33',
      '1.2.3.4/',
      '1.2.3.4/024',
      '1.2.3.4/+8',
    ],
    ...[
      '::1',
      '2001:db8::/32',
      '::ffff:1.2.3.4',
      '1.2.3.*',
      '*',
      ' 1.2.3.4',
      '1.2.3.4\n',
      '0x1.2.3.4',
      '16909060',
    ],
  ])
    t.throws(() => parseIpv4Range(bad), { code: 'bad_request' }, bad);
  const octet = fc.nat(255);
  fc.assert(
    fc.property(fc.array(octet, { minLength: 4, maxLength: 4 }), fc.nat(32), (octets, bits) => {
      const address = octets.join('.');
      const url = 'https://files.app.example.com/users/a/b?v=1';
      const sourceIp = parseIpv4Range(`${address}/${bits}`);
      const policy = parsePolicy(Buffer.from(fileUrlPolicy(url, parseEpochSeconds(NOW + 60), sourceIp)));
      if (typeof policy === 'string') return false;
      const flipped = octets.with(0, (octets[0] ?? 0) ^ 128).join('.');
      const clauseOf = (ipAddress: string) => refusingClause(policy, { url, ipAddress, kind: 'url' }, NOW);
      return clauseOf(address) === undefined && clauseOf(flipped) === (bits === 0 ? undefined : 'ip_address');
    }),
  );
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

t.test('a stored name may be in any Unicode form, but the URL must open the file', async (t) => {
  t.equal(parseStoredName('e\u0301 100%25+*?.png', userOwner(ALICE)), 'e\u0301 100%25+*?.png');
  for (const bad of ['', '/', 'a/', 'a//b', '../b', 'a\0', '\ud800', 'x'.repeat(1_020)])
    t.throws(() => parseStoredName(bad, userOwner(ALICE)), { code: 'invalid_name' }, JSON.stringify(bad));
});
