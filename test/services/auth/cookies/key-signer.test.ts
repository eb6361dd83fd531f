import { spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getSignedUrl } from '@aws-sdk/cloudfront-signer';
import fc from 'fast-check';
import t from 'tap';
import { parseEpochSeconds } from '../../../../core/epoch-seconds.ts';
import { parseIpv4Range } from '../../../../core/ipv4-range.ts';
import { userOwner } from '../../../../core/owner.ts';
import { fileUrlPolicy, folderPolicy } from '../../../../core/policy.ts';
import { signedCustomUrl, signedUrl } from '../../../../core/signed-url.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { createKeySigner } from '../../../../services/auth/cookies/key-signer.ts';
import { ecKey, rsaKey } from '../../../support/local-values.ts';
import { missing } from '../../../support/missing.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

const RSA = rsaKey('KRSA');
const EC = ecKey('KEC');
const decode = (text: string) =>
  Buffer.from(text.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'), 'base64');
const pemOf = ({ privateKey }: typeof RSA) => privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const SDK_RSA = { keyPairId: 'KRSA', privateKey: pemOf(RSA), algorithm: 'SHA256' } as const;

const anyPolicy = fc
  .record({
    id: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
    start: fc.integer({ min: 0, max: 4_000_000_000 }),
    lifetime: fc.integer({ min: 1, max: 86_400 }),
  })
  .map(({ id, start, lifetime }) =>
    folderPolicy({
      filesOrigin: 'https://files.app.example.com',
      owner: userOwner(parseUserId(id)),
      start: parseEpochSeconds(start),
      expiresAt: parseEpochSeconds(start + lifetime),
    }),
  );

t.test('both kinds of keys sign exactly the bytes of the policy, with SHA-256, and say so', async (t) => {
  for (const key of [EC, RSA]) {
    const signer = createKeySigner({ ...key, publicKey: key.publicPem });
    await fc.assert(
      fc.asyncProperty(anyPolicy, async (policy) => {
        const { policy: encoded, signature, keyPairId, hashAlgorithm } = await signer.sign(policy);
        t.equal(decode(encoded).toString(), policy);
        t.ok(verify('sha256', Buffer.from(policy), key.publicPem, decode(signature)), keyPairId);
        t.strictSame([keyPairId, hashAlgorithm], [key.keyPairId, 'SHA256']);
      }),
    );
  }
});

t.test('a signer needs an id, and both halves of a key that CloudFront takes', async (t) => {
  const { publicKey: p384 } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  for (const [change, fault] of [
    [{ keyPairId: '' }, /^keyPairId must be the id that CloudFront gave the public key/],
    [{ privateKey: 'secret' }, /^privateKey must be a private key as PEM.+: it cannot be read as one$/],
    [{ privateKey: createPublicKey(EC.publicPem) }, /^privateKey must be a private key/],
    [{ publicKey: pemOf(EC) }, /^publicKey must be a public key as PEM.+: it cannot be read as one$/],
    [{ publicKey: '-----BEGIN PUBLIC KEY-----' }, /^publicKey must be a public key.+cannot be read/],
    [{ publicKey: p384.export({ type: 'spki', format: 'pem' }).toString() }, /^publicKey.+no other type/],
    [{ publicKey: RSA.publicPem }, /^privateKey is not the other half of publicKey$/],
  ] as const) {
    const key = { ...EC, publicKey: `\n${EC.publicPem}`, ...change };
    t.throws(() => createKeySigner(key), { message: fault, option: /^\w+$/ }, String(fault));
  }
});

t.test("a signed URL has the same parameters as that of the SDK's signer", async (t) => {
  const url = 'https://files.app.example.com/users/a/cat.png?v=1';
  const dateLessThan = new Date(1_767_290_400_000).toISOString();
  const theirs = getSignedUrl({ ...SDK_RSA, url, dateLessThan });
  const ours = await signedUrl(url, parseEpochSeconds(1_767_290_400), createKeySigner(RSA));
  const parts = (signed: string) => signed.split(/[?&]/).toSorted();
  t.strictSame(parts(ours), parts(theirs), 'the order of parameters aside');
});

t.test("a custom policy in the URL: the SDK's signer makes the same parameters", async (t) => {
  const url = 'https://files.app.example.com/users/a/%E5%86%99.png?v=1&share=7&download=a%20b.png';
  const conditions = {
    expiresAt: parseEpochSeconds(1_767_290_400),
    sourceIp: parseIpv4Range('192.0.2.0/24'),
  };
  const ours = await signedCustomUrl(url, conditions, createKeySigner(RSA));
  const theirs = getSignedUrl({
    ...SDK_RSA,
    url,
    policy: fileUrlPolicy(url, conditions.expiresAt, conditions.sourceIp),
  });
  const parts = (signed: string) => signed.split(/[?&]/).toSorted();
  t.strictSame(parts(ours), parts(theirs), 'the order of parameters aside');
  t.ok(ours.startsWith(`${url}&Policy=`), "the URL's own bytes");
  // Here the SDK is wrong: it turns the escape of a wildcard back into the wildcard.
  const wild = 'https://files.app.example.com/users/a/%2A%3F.png?v=1';
  const dateLessThan = '2026-01-01';
  t.match(getSignedUrl({ ...SDK_RSA, url: wild, dateLessThan }), '/users/a/*%3F.png');
  const signed = await signedCustomUrl(wild, conditions, createKeySigner(EC));
  t.ok(signed.startsWith(`${wild}&Policy=`));
  const policy = Buffer.from(/Policy=([^&]*)/.exec(signed)?.[1]?.replaceAll('_', '=') ?? '', 'base64');
  t.equal(JSON.parse(policy.toString()).Statement[0].Resource, wild);
});

t.test('P-256: OpenSSL verifies the signature', { skip: missing('/usr/bin/openssl') }, async (t) => {
  const policy = fileUrlPolicy('https://files.app.example.com/users/a/b', parseEpochSeconds(1_767_290_400));
  const signed = await createKeySigner({ ...EC, publicKey: EC.publicPem }).sign(policy);
  t.match(signed, { keyPairId: 'KEC', hashAlgorithm: 'SHA256' });
  t.equal(decode(signed.policy).toString(), policy);
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'public.pem'), EC.publicPem);
  writeFileSync(join(directory, 'signature'), decode(signed.signature));
  const verify = (text: string) => {
    writeFileSync(join(directory, 'policy'), text);
    const args = ['dgst', '-sha256', '-verify', 'public.pem', '-signature', 'signature', 'policy'];
    const { status, stdout } = spawnSync('/usr/bin/openssl', args, { cwd: directory, encoding: 'utf8' });
    return [status, stdout];
  };
  t.strictSame(verify(policy), [0, 'Verified OK\n']);
  t.strictSame(verify(`${policy} `), [1, 'Verification failure\n']);
});
