import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { isPublicSuffix } from '../../../../services/auth/domain/public-suffix.ts';
import { parseConfig } from '../../../../services/auth/settings/config.ts';
import { EC, faults, GOOD } from '../support/settings.ts';

t.test('the signing key is set in one place, and its public half may be set too', async (t) => {
  const key = createPrivateKey(EC);
  const { SIGNING_KEY: _, ...rest } = GOOD;
  const publicPem = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  t.match(parseConfig({ ...GOOD, SIGNING_PUBLIC_KEY: publicPem }, isPublicSuffix).signing, {
    keyPairId: 'K1',
    publicKey: publicPem,
  });
  t.strictSame(parseConfig({ ...rest, SIGNING_KMS_KEY_ID: 'alias/gateway' }, isPublicSuffix).signing, {
    keyPairId: 'K1',
    kmsKeyId: 'alias/gateway',
  });
  t.strictSame(faults({ ...GOOD, SIGNING_KMS_KEY_ID: 'alias/gateway' }), [
    'SIGNING_KEY must not be set together with SIGNING_KMS_KEY_ID: one key signs',
  ]);
  const other = createPublicKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  const otherPem = other.export({ type: 'spki', format: 'pem' }).toString();
  t.strictSame(faults({ ...GOOD, SIGNING_PUBLIC_KEY: otherPem }), [
    'SIGNING_KEY is not the other half of SIGNING_PUBLIC_KEY',
  ]);
  t.matchOnly(faults({ ...GOOD, SIGNING_PUBLIC_KEY: EC }), [/^SIGNING_PUBLIC_KEY must be a public key/]);
});
