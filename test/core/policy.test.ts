import t from 'tap';
import { encodeDownloadName } from '../../core/download-name.ts';
import { parseEpochSeconds, toEpochSeconds } from '../../core/epoch-seconds.ts';
import { parseIpv4Range } from '../../core/ipv4-range.ts';
import { parseTeamId, teamOwner, userOwner } from '../../core/owner.ts';
import { fileUrlPolicy, folderPolicy } from '../../core/policy.ts';
import { nextStart } from '../../core/session-start.ts';
import { signedCustomUrl, signedUrl } from '../../core/signed-url.ts';
import { deriveUserId } from '../../core/user-id.ts';

const ID = deriveUserId('https://issuer.example', 'alice');

t.test('folder policy: one statement, whole seconds, nothing else', async (t) => {
  t.equal(
    folderPolicy({
      filesOrigin: 'https://files.example.com',
      owner: userOwner(ID),
      start: parseEpochSeconds(1_767_200_000),
      expiresAt: parseEpochSeconds(1_767_290_400),
    }),
    `{"Statement":[{"Resource":"https://files.example.com/users/${ID}/*","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400},"DateGreaterThan":{"AWS:EpochTime":1767200000}}}]}`,
  );
  t.match(
    folderPolicy({
      filesOrigin: 'https://files.example.com',
      owner: teamOwner(parseTeamId(ID)),
      start: parseEpochSeconds(1_000_000_512),
      expiresAt: parseEpochSeconds(1_767_290_400),
    }),
    `"Resource":"https://files.example.com/teams/${ID}/*"`,
  );
  for (const bad of [1_767_290_400_000, 1.5, Number.NaN, -1]) {
    t.throws(() => parseEpochSeconds(bad), RangeError, `${bad}`);
  }
  for (const good of [0, 100_000_000_000]) t.equal(parseEpochSeconds(good), good, `${good}`);
  t.throws(() => parseEpochSeconds(100_000_000_001), RangeError);
  t.equal(toEpochSeconds(1_767_290_400_999), 1_767_290_400);
  for (const wildcard of ['*', 'b?v=*', 'b?v=1?']) {
    t.throws(
      () => fileUrlPolicy(`https://f.example/users/a/${wildcard}`, parseEpochSeconds(1)),
      TypeError,
      wildcard,
    );
  }
  const url = 'https://f.example/users/a/b?v=1';
  const until = '"DateLessThan":{"AWS:EpochTime":1}';
  t.equal(
    fileUrlPolicy(url, parseEpochSeconds(1)),
    `{"Statement":[{"Resource":"${url}","Condition":{${until}}}]}`,
  );
  t.equal(
    fileUrlPolicy(url, parseEpochSeconds(1), parseIpv4Range('192.0.2.0/24')),
    `{"Statement":[{"Resource":"${url}","Condition":{${until},"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"}}}]}`,
  );
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

t.test('a URL has at most 8,192 bytes, and the name of a download 1,024', async (t) => {
  const signer = { sign: async () => ({ policy: 'P', signature: 'S', keyPairId: 'K' }) };
  const signed = (length: number) =>
    signedCustomUrl(`https://f.example/${'x'.repeat(length)}`, { expiresAt: parseEpochSeconds(99) }, signer);
  const room = 8_192 - (await signed(0)).length;
  t.equal((await signed(room)).length, 8_192);
  await t.rejects(signed(room + 1), { code: 'invalid_name' });
  t.equal(encodeDownloadName('x'.repeat(1_024)).length, 1_024);
  for (const bad of ['x'.repeat(1_025), '...', 'a\u202eb', 'a/b', '']) {
    t.throws(() => encodeDownloadName(bad), { code: 'invalid_name' }, bad);
  }
});

t.test('an address range: the bits outside the network are cleared', async (t) => {
  for (const [raw, range] of [
    ['192.0.2.1', '192.0.2.1/32'],
    ['192.0.2.77/24', '192.0.2.0/24'],
    ['10.255.255.255/9', '10.128.0.0/9'],
    ['255.255.255.255/31', '255.255.255.254/31'],
    ['8.8.8.8/0', '0.0.0.0/0'],
  ] as const) {
    t.equal(parseIpv4Range(raw), range, raw);
  }
  for (const raw of ['', '1.2.3', '256.0.0.1', '01.2.3.4', '1.2.3.4/33', '1.2.3.4/', ' 1.2.3.4', '::1']) {
    t.throws(() => parseIpv4Range(raw), { code: 'bad_request' }, raw);
  }
});

t.test('a session starts an hour ago, after the one before, and a minute ago at the latest', async (t) => {
  const now = 1_790_000_000;
  t.equal(nextStart(undefined, now), now - 3_600);
  t.equal(nextStart(now - 7_200, now), now - 3_600);
  t.equal(nextStart(now - 3_600, now), now - 3_599);
  t.equal(nextStart(now - 61, now), now - 60);
  t.equal(nextStart(now - 60, now), undefined);
});
