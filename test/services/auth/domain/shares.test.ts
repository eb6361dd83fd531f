import fc from 'fast-check';
import t from 'tap';
import { attachment } from '../../../../core/disposition.ts';
import { encodeDownloadName } from '../../../../core/download-name.ts';
import { parseEpochSeconds } from '../../../../core/epoch-seconds.ts';
import { parseIpv4Range } from '../../../../core/ipv4-range.ts';
import { fileUrlPolicy } from '../../../../core/policy.ts';
import { parsePolicy, refusingClause } from '../../../../edge/local/signature/policy-statement.ts';
import {
  edgeEntry,
  isDue,
  withEdgeTold,
  withRevokedShare,
} from '../../../../services/auth/domain/revocation-entry.ts';
import { MAX_SHARES, withShare } from '../../../../services/auth/domain/shares.ts';
import { NEW_USER } from '../../../../services/auth/domain/user-record.ts';
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
