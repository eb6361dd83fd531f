import { getSignedCookies, getSignedUrl } from '@aws-sdk/cloudfront-signer';
import t, { type Test } from 'tap';
import { ecKey, type TestKey } from '../../../support/local-values.ts';
import {
  ALICE,
  asCookies,
  asQuery,
  BOB,
  cloudFrontBase64,
  cookiesOf,
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
const malformed = (t: Test, answer: RawAnswer, name: string) =>
  refuses(t, answer, 'MalformedPolicy', 'Malformed Policy', name);

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

t.test('other parameters keep their bytes and order, wherever the signing ones stand', async (t) => {
  const { Policy = '', Signature = '', ...rest } = signPolicy(policyText(`${ORIGIN}${own}?b=%41&a&&v=1`));
  const mixed = `Policy=${Policy}&b=%41&Signature=${Signature}&a&&v=1&${asQuery(rest)}`;
  t.equal((await edge.get(`${own}?${mixed}`)).status, 200);
  denied(t, await edge.get(`${own}?${mixed.replace('%41', 'A')}`), 'decoded');
  denied(t, await edge.get(`${own}?${mixed.replace('&&', '&')}`), 'an empty one less');
});

t.test('without a key pair id: MissingKey', async (t) => {
  const words = 'Missing Key-Pair-Id query parameter or cookie value';
  refuses(t, await edge.get(own), 'MissingKey', words, 'no credential');
  const empty = asCookies({ ...signPolicy(folderPolicy(ALICE)), 'Key-Pair-Id': '' });
  refuses(t, await edge.get(own, empty), 'MissingKey', words, 'an empty one');
  const lower = { Cookie: asCookies(signPolicy(folderPolicy(ALICE))).Cookie.toLowerCase() };
  refuses(t, await edge.get(own, lower), 'MissingKey', words, 'names in lower case');
});

t.test('with a key outside the key groups: InvalidKey', async (t) => {
  const removed = asCookies(signPolicy(folderPolicy(ALICE), { key: ecKey('KREMOVED') }));
  refuses(t, await edge.get(own, removed), 'InvalidKey', 'Unknown Key', 'removed');
  const forged = asCookies(signPolicy(folderPolicy(ALICE), { key: ecKey('KEC') }));
  denied(t, await edge.get(own, forged), 'forged');
});

t.test('with a signature that is not its base64: MalformedSignature', async (t) => {
  for (const Signature of ['%%%', 'a+b=', 'ab cd', '']) {
    const cookies = asCookies({ ...signPolicy(folderPolicy(ALICE)), Signature });
    const answer = await edge.get(own, cookies);
    refuses(t, answer, 'MalformedSignature', 'Could not unencode Signature', Signature);
  }
  const { Signature: _without, ...rest } = signPolicy(folderPolicy(ALICE));
  denied(t, await edge.get(own, asCookies(rest)), 'no signature at all');
  const { Policy: _policy, ...unspoken } = signPolicy(folderPolicy(ALICE));
  denied(t, await edge.get(own, asCookies(unspoken)), 'no policy at all');
});

t.test('with a policy of another shape: MalformedPolicy', async (t) => {
  const good = { DateLessThan: { 'AWS:EpochTime': NOW_EPOCH + 900 } };
  const statement = { Resource: `${ORIGIN}/users/${ALICE}/*`, Condition: good };
  const withCondition = (condition: object) => ({ Statement: [{ ...statement, Condition: condition }] });
  const policies: Record<string, unknown> = {
    'no list': { Statement: statement },
    'no statement': { Statement: [] },
    'two statements': { Statement: [statement, statement] },
    'no condition': { Statement: [{ Resource: statement.Resource }] },
    'no DateLessThan': withCondition({}),
    milliseconds: withCondition({ DateLessThan: { 'AWS:EpochTime': (NOW_EPOCH + 900) * 1_000 } }),
    'a fraction': withCondition({ DateLessThan: { 'AWS:EpochTime': NOW_EPOCH + 0.5 } }),
    'a string': withCondition({ DateLessThan: { 'AWS:EpochTime': String(NOW_EPOCH + 900) } }),
    'a bad DateGreaterThan': withCondition({ ...good, DateGreaterThan: { 'AWS:EpochTime': '1' } }),
    'an IPv6 range': withCondition({ ...good, IpAddress: { 'AWS:SourceIp': '2001:db8::/32' } }),
    'no range': withCondition({ ...good, IpAddress: { 'AWS:SourceIp': '192.0.2.0/33' } }),
    'an unknown condition': withCondition({ ...good, StringLike: {} }),
    'a Resource list': { Statement: [{ ...statement, Resource: [statement.Resource] }] },
    'no object': [],
  };
  for (const [name, policy] of Object.entries(policies)) {
    malformed(t, await edge.get(own, asCookies(signPolicy(JSON.stringify(policy)))), name);
  }
  malformed(t, await edge.get(own, asCookies(signPolicy('{'))), 'no JSON');
  const raw = { ...signPolicy(folderPolicy(ALICE)), Policy: folderPolicy(ALICE).replaceAll(/[;, ]/g, '') };
  malformed(t, await edge.get(own, asCookies(raw)), 'no base64');
  malformed(t, await edge.get(`${own}?Expires=1e10&Signature=aa&Key-Pair-Id=KEC`), 'a canned one');
});

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

t.test('a policy may begin in 2001', async (t) => {
  const changes = { DateGreaterThan: { 'AWS:EpochTime': 1_000_000_000 } };
  t.equal((await edge.get(own, asCookies(signPolicy(folderPolicy(ALICE, changes))))).status, 200);
});

t.test('a remembered policy opens no other URL, and no other signature', async (t) => {
  const cookies = signPolicy(folderPolicy(ALICE), { key: RSA });
  t.equal((await edge.get(own, asCookies(cookies))).status, 200);
  denied(t, await edge.get(`/users/${ALICE}b/a.txt`, asCookies(cookies)), 'another URL');
  const other = { ...cookies, Signature: cloudFrontBase64(Buffer.alloc(256, 7)) };
  denied(t, await edge.get(own, asCookies(other)), 'another signature');
  denied(t, await edge.get(own, asCookies({ ...cookies, 'Key-Pair-Id': 'KEC' })), 'another key');
});

t.test('an IP condition holds for IPv4 viewers in its range', async (t) => {
  const from = (range: string) =>
    asCookies(signPolicy(folderPolicy(ALICE, { IpAddress: { 'AWS:SourceIp': range } })));
  for (const range of ['127.0.0.0/8', '127.0.0.1/32', '0.0.0.0/0']) {
    t.equal((await edge.get(own, from(range))).status, 200, range);
  }
  for (const range of ['127.0.0.2/32', '192.0.2.0/24', '126.0.0.0/8']) {
    denied(t, await edge.get(own, from(range)), range);
  }
});

t.test('a policy without Resource covers what its key may sign', async (t) => {
  const policy = JSON.stringify({
    Statement: [{ Condition: { DateLessThan: { 'AWS:EpochTime': NOW_EPOCH + 1 } } }],
  });
  t.equal((await edge.get(own, asCookies(signPolicy(policy)))).status, 200);
});

t.test('a policy goes before Expires, and a wildcard in a canned URL is a character', async (t) => {
  const both = { ...signPolicy(folderPolicy(ALICE)), Expires: '1' };
  t.equal((await edge.get(own, asCookies(both))).status, 200, 'Policy and Expires');
  const lessThan = NOW_EPOCH + 60;
  const text = `{"Statement":[{"Resource":"${ORIGIN}/users/${ALICE}/*","Condition":{"DateLessThan":{"AWS:EpochTime":${lessThan}}}}]}`;
  const { Policy: _policy, ...signed } = signPolicy(text);
  const canned = { ...signed, Expires: String(lessThan) };
  denied(t, await edge.get(own, asCookies(canned)), 'another file');
  t.equal((await edge.get(`/users/${ALICE}/*`, asCookies(canned))).status, 404, 'the file named *');
});

t.test('a refusal tells that CloudFront refused, and carries no CORS', async (t) => {
  const { headers } = await edge.get(own, { Origin: 'http://localhost:3000' });
  t.equal(headers.get('content-type'), 'text/xml');
  t.equal(headers.get('server'), 'CloudFront');
  t.equal(headers.get('x-cache'), 'Error from cloudfront');
  t.match(headers.get('via'), /^1\.1 [a-z0-9]+\.cloudfront\.net \(CloudFront\)$/);
  t.ok(headers.get('x-amz-cf-pop'));
  t.ok(headers.get('x-amz-cf-id'));
  t.notOk(headers.has('access-control-allow-origin'));
  t.notOk(headers.has('cross-origin-resource-policy'));
});

t.test('names are case-sensitive, and the first of several values counts', async (t) => {
  const alice = cookiesOf(ALICE).Cookie;
  const bob = cookiesOf(BOB).Cookie;
  t.equal((await edge.get(`${own}?policy=1&expires=1`, { Cookie: alice })).status, 200);
  t.equal((await edge.get(own, { Cookie: `${alice}; ${bob}` })).status, 200);
  denied(t, await edge.get(own, { Cookie: `${bob}; ${alice}` }), 'bob first');
});

t.test('a policy without the slash before its wildcard opens other folders, hence the slash', async (t) => {
  const wide = asCookies(signPolicy(policyText(`${ORIGIN}/users/${ALICE}*`)));
  t.equal((await edge.get(`/users/${ALICE}0/none.txt`, wide)).status, 404);
});
