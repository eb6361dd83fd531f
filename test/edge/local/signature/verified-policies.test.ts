import crypto, { createPublicKey } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import t from 'tap';
import { DEFAULT_ASSUMPTIONS } from '../../../../edge/local/assumptions.ts';
import { createSignatureCheck } from '../../../../edge/local/signature/signature.ts';
import { createVerifiedPolicies } from '../../../../edge/local/signature/verified-policies.ts';
import type { ViewerRequest } from '../../../../edge/local/viewer/viewer-request.ts';
import { ALICE, asCookies, EC, folderPolicy, NOW_EPOCH, ORIGIN, signPolicy } from '../support/edge.ts';

const key = createPublicKey(EC.publicPem);
const otherKey = createPublicKey(EC.publicPem);
const POLICY = { lessThanEpoch: 1 };
const signed = (text: string) => ({ key, hash: 'sha256', kind: 'custom' as const, text });

t.test('a policy is found by all that its signature covers, and by nothing less', async (t) => {
  const verified = createVerifiedPolicies({ count: 9, bytes: 9_000 });
  verified.set('signature', signed('text'), POLICY);
  t.equal(verified.get('signature', signed('text')), POLICY);
  t.equal(verified.get('other', signed('text')), undefined);
  t.equal(verified.get('signature', signed('other')), undefined);
  t.equal(verified.get('signature', { ...signed('text'), hash: 'sha1' }), undefined);
  t.equal(verified.get('signature', { ...signed('text'), kind: 'canned' }), undefined);
  t.equal(verified.get('signature', { ...signed('text'), key: otherKey }), undefined);
});

t.test('the least recently used goes first, by count', async (t) => {
  const verified = createVerifiedPolicies({ count: 2, bytes: 1_000_000 });
  for (const name of ['a', 'b']) verified.set(name, signed(name), POLICY);
  verified.get('a', signed('a'));
  verified.set('c', signed('c'), POLICY);
  t.strictSame(
    ['a', 'b', 'c'].map((name) => verified.get(name, signed(name)) === POLICY),
    [true, false, true],
  );
});

t.test('large ones go by bytes, and give their room back', async (t) => {
  const verified = createVerifiedPolicies({ count: 1_000, bytes: 10_000 });
  const large = 'x'.repeat(3_000);
  verified.set('a', signed('a'), POLICY);
  verified.set('large', signed(large), POLICY);
  t.equal(verified.get('a', signed('a')), POLICY);
  verified.set('larger', signed(large), POLICY);
  t.equal(verified.get('large', signed(large)), undefined, '12,000 bytes and more were two');
  t.equal(verified.get('larger', signed(large)), POLICY);
  for (let i = 0; i < 100; i++) verified.set('same', signed('same'), POLICY);
  t.equal(verified.get('larger', signed(large)), POLICY, 'one entry set again is one entry');
  verified.set('too large', signed('x'.repeat(6_000)), POLICY);
  t.equal(verified.get('too large', signed('x'.repeat(6_000))), undefined);
});

t.test('a burst with one cookie set costs one verification', async (t) => {
  const { Cookie } = asCookies(signPolicy(folderPolicy(ALICE)));
  const { check } = createSignatureCheck(new Map([['KEC', key]]), {
    now: () => NOW_EPOCH * 1_000,
    assumptions: DEFAULT_ASSUMPTIONS,
  });
  const viewer = (): ViewerRequest => ({
    id: 'r1',
    method: 'GET',
    origin: ORIGIN,
    rawPath: `/users/${ALICE}/a.txt`,
    rawQuery: undefined,
    // A new string each time, as each request brings one.
    headers: new Map([['cookie', [Buffer.from(Cookie).toString()]]]),
    ipAddress: '127.0.0.1',
    port: 1,
  });
  let verifications = 0;
  const { verify } = crypto;
  const countedVerify = (...args: Parameters<typeof verify>) => {
    verifications++;
    return verify(...args);
  };
  Object.assign(crypto, { verify: countedVerify });
  syncBuiltinESMExports();
  t.teardown(() => {
    Object.assign(crypto, { verify });
    syncBuiltinESMExports();
  });
  for (let request = 0; request < 2_000; request++) check(viewer());
  t.equal(verifications, 1);
});
