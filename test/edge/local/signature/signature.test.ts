import { getSignedCookies, getSignedUrl } from '@aws-sdk/cloudfront-signer';
import t, { type Test } from 'tap';
import type { TestKey } from '../../../support/local-values.ts';
import {
  ALICE,
  asCookies,
  asQuery,
  cloudFrontBase64,
  EC,
  folderPolicy,
  KEEP,
  NOW_EPOCH,
  ORIGIN,
  PASS,
  policyText,
  type RawAnswer,
  RSA,
  signPolicy,
  startEdge,
  withCode,
} from '../support/edge.ts';

// Only CloudFront's own check. The deployed function refuses more, which is not tested here.
const edge = await startEdge({ template: withCode({ request: PASS, response: KEEP }) });
t.teardown(() => edge.close());

const own = `/users/${ALICE}/a.txt`;
const pem = (key: TestKey) => key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

function refuses(t: Test, answer: RawAnswer, code: string, message: string, name: string): void {
  const xml = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  t.strictSame([answer.status, answer.body], [403, xml], name);
}

const denied = (t: Test, answer: RawAnswer, name: string) =>
  refuses(t, answer, 'AccessDenied', 'Access denied', name);
for (const key of [EC, RSA]) {
  for (const algorithm of ['SHA1', 'SHA256'] as const) {
    t.test(`what the SDK signs with ${key.keyPairId} and ${algorithm} opens the file`, async (t) => {
      const credentials = { keyPairId: key.keyPairId, privateKey: pem(key), algorithm };
      const url = `${ORIGIN}${own}`;
      const dateLessThan = new Date((NOW_EPOCH + 60) * 1_000).toISOString();
      const policy = folderPolicy(ALICE);
      const target = (signed: string) => signed.slice(ORIGIN.length);
      const cookies = (values: object) => ({
        Cookie: Object.entries(values)
          .map((pair) => pair.join('='))
          .join('; '),
      });
      const canned = getSignedCookies({ ...credentials, url, dateLessThan });
      t.equal((await edge.get(own, cookies(canned))).status, 200, 'canned cookies');
      t.equal(
        (await edge.get(own, cookies(getSignedCookies({ ...credentials, policy })))).status,
        200,
        'cookies',
      );
      t.equal(
        (await edge.get(target(getSignedUrl({ ...credentials, url, dateLessThan })))).status,
        200,
        'canned URL',
      );
      t.equal((await edge.get(target(getSignedUrl({ ...credentials, url, policy })))).status, 200, 'URL');
    });
    t.test(`what is signed by hand with ${key.keyPairId} and ${algorithm} opens the file`, async (t) => {
      const signed = signPolicy(folderPolicy(ALICE), { key, hash: algorithm });
      t.equal((await edge.get(own, asCookies(signed))).status, 200, 'cookies');
      t.equal((await edge.get(`${own}?${asQuery(signed)}`)).status, 200, 'URL');
      const wrong = algorithm === 'SHA1' ? 'SHA256' : 'SHA1';
      denied(t, await edge.get(own, asCookies({ ...signed, 'Hash-Algorithm': wrong })), 'wrong marker');
    });
  }
}

t.test(
  'a policy opens from its start, exclusive, to its end, exclusive, also once it is remembered',
  async (t) => {
    const cookies = asCookies(
      signPolicy(
        policyText(`${ORIGIN}/users/${ALICE}/*`, {
          DateLessThan: { 'AWS:EpochTime': NOW_EPOCH + 10 },
          DateGreaterThan: { 'AWS:EpochTime': NOW_EPOCH },
        }),
      ),
    );
    const at = async (ms: number) => {
      edge.clock.nowMs = NOW_EPOCH * 1_000 + ms;
      return edge.get(own, cookies);
    };
    denied(t, await at(-1_000), 'not yet valid');
    denied(t, await at(999), 'in the second that it names');
    t.equal((await at(1_000)).status, 200, 'a second later');
    t.equal((await at(9_999)).status, 200, 'the last millisecond');
    denied(t, await at(10_000), 'expired');
    edge.clock.nowMs = NOW_EPOCH * 1_000;
  },
);

t.test('a remembered policy opens no other URL, and no other signature', async (t) => {
  const cookies = signPolicy(folderPolicy(ALICE), { key: RSA });
  t.equal((await edge.get(own, asCookies(cookies))).status, 200);
  denied(t, await edge.get(`/users/${ALICE}b/a.txt`, asCookies(cookies)), 'another URL');
  const other = { ...cookies, Signature: cloudFrontBase64(Buffer.alloc(256, 7)) };
  denied(t, await edge.get(own, asCookies(other)), 'another signature');
  denied(t, await edge.get(own, asCookies({ ...cookies, 'Key-Pair-Id': 'KEC' })), 'another key');
});

const from = (range: unknown) =>
  asCookies(signPolicy(folderPolicy(ALICE, { IpAddress: { 'AWS:SourceIp': range } })));

t.test('an IP condition holds for IPv4 viewers in its range', async (t) => {
  for (const range of [
    '127.0.0.1/32',
    '127.0.0.0/31',
    '127.0.0.99/24',
    '0.0.0.0/1',
    '0.0.0.0/0',
    '255.255.255.255/0',
  ])
    t.equal((await edge.get(own, from(range))).status, 200, range);
  for (const range of ['127.0.0.2/32', '127.0.0.2/31', '127.0.1.0/24', '128.0.0.0/1'])
    denied(t, await edge.get(own, from(range)), range);
});

t.test('what is no IPv4 range, and no whole second before 2038, is malformed', async (t) => {
  const malformed = (answer: RawAnswer, name: string) =>
    refuses(t, answer, 'MalformedPolicy', 'Malformed Policy', name);
  const texts = '127.0.0.1 127.0.0.1/33 127.0.0.1/ 127.0.0.1/a 127.0.0/24 127.0.0.1/8/8 ::/0 a'.split(' ');
  for (const range of [...texts, '', ['127.0.0.0/24']])
    malformed(await edge.get(own, from(range)), JSON.stringify(range));
  const until = (epoch: unknown) =>
    asCookies(
      signPolicy(policyText(`${ORIGIN}/users/${ALICE}/*`, { DateLessThan: { 'AWS:EpochTime': epoch } })),
    );
  for (const epoch of [-1, 0.5, 2_147_483_648, '1', null])
    malformed(await edge.get(own, until(epoch)), String(epoch));
  t.equal((await edge.get(own, until(2_147_483_647))).status, 200, 'the last second');
});
