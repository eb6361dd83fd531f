import { sign } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import t from 'tap';
import {
  ALICE,
  asCookies,
  asQuery,
  cloudFrontBase64,
  cookiesOf,
  EC,
  folderPolicy,
  KEEP,
  PASS,
  RSA,
  signPolicy,
  startEdge,
  withCode,
} from '../support/edge.ts';

// Only CloudFront's own check. The deployed function refuses more, which is not tested here.
const edge = await startEdge({ template: withCode({ request: PASS, response: KEEP }) });
t.teardown(() => edge.close());

const own = `/users/${ALICE}/a.txt`;
const signed = signPolicy(folderPolicy(ALICE));
const lastClause = () => edge.decisions.at(-1)?.clause;

t.test('any signing parameter in the query, and the cookies are ignored', async (t) => {
  for (const name of ['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm']) {
    for (const parameter of [`${name}=`, name, `v=1&${name}=x`, `${name}=x&v=1`]) {
      t.equal((await edge.get(`${own}?${parameter}`, asCookies(signed))).status, 403, parameter);
    }
  }
  for (const parameter of [
    'expires=1',
    'POLICY=',
    '%50olicy=',
    'Policy%3D',
    'xPolicy=',
    'Signature[]=',
    '=Policy',
  ]) {
    t.equal((await edge.get(`${own}?${parameter}`, asCookies(signed))).status, 200, parameter);
  }
  const stale = asCookies({ ...signed, Signature: 'AAAA' });
  t.equal((await edge.get(`${own}?${asQuery(signed)}`, stale)).status, 200, 'a good URL beside bad cookies');
});

t.test('cookies may come in several lines, among others, and with spaces', async (t) => {
  const [first = '', ...rest] = asCookies(signed).Cookie.split('; ');
  const lines = [`a=b;${first} ; c`, rest.join(';')].map((line) => `Cookie: ${line}\r\n`).join('');
  const head = `GET ${own} HTTP/1.1\r\nHost: localhost:8080\r\n`;
  t.equal((await edge.send(`${head}${lines}Connection: close\r\n\r\n`)).status, 200);
});

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === '::1');

t.test('an IP condition never matches an IPv6 viewer', { skip: !hasIpv6 && 'there is no ::1' }, async (t) => {
  const everywhere = folderPolicy(ALICE, { IpAddress: { 'AWS:SourceIp': '0.0.0.0/0' } });
  const cookies = asCookies(signPolicy(everywhere));
  t.equal((await edge.get(own, cookies)).status, 200, 'IPv4');
  t.equal((await edge.get(own, cookies, 'GET', '::1')).status, 403, 'IPv6, the policy being remembered');
  t.match(edge.decisions.at(-1), { clause: 'ip_address', required: '0.0.0.0/0', given: '::1' });
  t.equal((await edge.get(own, cookiesOf(ALICE), 'GET', '::1')).status, 200, 'without a condition');
});

t.test('an ECDSA signature is DER, and a signature is of its own kind of key', async (t) => {
  const policy = folderPolicy(ALICE);
  const plain = sign('sha256', Buffer.from(policy), { key: EC.privateKey, dsaEncoding: 'ieee-p1363' });
  const other = signPolicy(policy, { key: RSA });
  for (const Signature of [cloudFrontBase64(plain), other['Signature'] ?? '']) {
    t.equal((await edge.get(own, asCookies({ ...signed, Signature }))).status, 403, Signature);
    t.equal(lastClause(), 'signature', Signature);
  }
});

t.test('base64 may lack its padding, and JSON may have spaces', async (t) => {
  const bare = Object.entries(signed).map(([name, value]) => [name, value.replace(/_+$/, '')]);
  t.equal((await edge.get(own, asCookies(Object.fromEntries(bare)))).status, 200);
  const spaced = JSON.stringify(JSON.parse(folderPolicy(ALICE)), null, 2);
  t.equal((await edge.get(own, asCookies(signPolicy(spaced)))).status, 200);
});

t.test('the signed bytes are those that were encoded, to the last space', async (t) => {
  const spaced = { ...signed, Policy: cloudFrontBase64(`${folderPolicy(ALICE)} `) };
  t.equal((await edge.get(own, asCookies(spaced))).status, 403);
  t.equal(lastClause(), 'signature');
});

t.test('a set of cookies is small beside what a browser keeps of each, 4,096 bytes', async (t) => {
  for (const [key, hash, mostBytes] of [
    [RSA, 'SHA1', 700],
    [EC, 'SHA256', 500],
  ] as const) {
    const { Cookie: set } = asCookies(signPolicy(folderPolicy(ALICE), { key, hash }));
    t.comment(`${key.keyPairId}: ${set.length} bytes`);
    t.ok(set.length < mostBytes, `${key.keyPairId}: ${set.length} bytes`);
  }
});

t.test('a canned policy is no custom one, though its text is remembered', async (t) => {
  const lessThan = String(Math.floor(edge.clock.nowMs / 1_000) + 60);
  const text = `{"Statement":[{"Resource":"http://localhost:8080${own}","Condition":{"DateLessThan":{"AWS:EpochTime":${lessThan}}}}]}`;
  const { Policy: _policy, ...rest } = signPolicy(text);
  t.equal((await edge.get(own, asCookies({ ...rest, Expires: lessThan }))).status, 200);
  t.equal((await edge.get(own, asCookies({ ...rest, Policy: text }))).status, 403);
  t.equal(lastClause(), 'malformed_policy');
});

t.test('whatever is put into a credential, the answer is one of the table', async () => {
  const codes = /<Code>(?:MissingKey|InvalidKey|MalformedSignature|MalformedPolicy|AccessDenied)<\/Code>/;
  const text = fc.oneof(
    fc.string({ unit: 'grapheme-ascii', maxLength: 40 }).map((raw) => raw.replaceAll(/[;,\s]/g, '')),
    fc.uint8Array({ maxLength: 90 }).map((bytes) => cloudFrontBase64(Buffer.from(bytes))),
    fc.json({ maxDepth: 3 }).map((json) => cloudFrontBase64(json)),
    fc.json({ maxDepth: 3 }).map((json) => cloudFrontBase64(`{"Statement":[${json}]}`)),
  );
  const changes = fc.record(
    { Policy: text, Signature: text, 'Key-Pair-Id': text, 'Hash-Algorithm': text, Expires: text },
    {
      requiredKeys: [],
    },
  );
  const change = changes.filter((changed) => Object.keys(changed).length > 0);
  await fc.assert(
    fc.asyncProperty(change, async (changed) => {
      const { Policy, Signature } = changed;
      const isSame = (name: string, value: string | undefined) =>
        value === undefined || value === signed[name];
      if (isSame('Policy', Policy) && isSame('Signature', Signature)) return;
      const { status, body } = await edge.get(own, asCookies({ ...signed, ...changed }));
      return status === 403 && codes.test(body);
    }),
    { numRuns: 300 },
  );
});
