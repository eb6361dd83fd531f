import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import t from 'tap';
import {
  ALICE,
  asCookies,
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
