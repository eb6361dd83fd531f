import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { parseEpochSeconds } from '../../../../core/epoch-seconds.ts';
import { fileUrlPolicy } from '../../../../core/policy.ts';
import { createKmsSigner } from '../../../../services/auth/adapters/kms-signer.ts';
import { ecKey } from '../../../support/local-values.ts';

const KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
const P384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({
  type: 'spki',
  format: 'der',
});
const POLICY = fileUrlPolicy('https://files.app.example.com/users/a/b', parseEpochSeconds(1));

/** A KMS that only shows faults. kms-signer.full.test.ts uses the real protocol. */
function faultyKms(answers: { key?: object; sign?: () => Promise<object> }) {
  const $metadata = {};
  return {
    getPublicKey: async () => ({
      $metadata,
      KeyUsage: 'SIGN_VERIFY' as const,
      PublicKey: KEY.export({ type: 'spki', format: 'der' }),
      ...answers.key,
    }),
    sign: async () => ({ $metadata, ...(await answers.sign?.()) }),
  };
}

const create = (answers: Parameters<typeof faultyKms>[0], publicKey?: string) =>
  createKmsSigner({
    client: faultyKms(answers),
    keyId: 'alias/gateway',
    keyPairId: 'K1',
    ...(publicKey === undefined ? {} : { publicKey }),
  });

t.test('a key that CloudFront cannot use is refused at start', async (t) => {
  await t.rejects(create({ key: { PublicKey: P384 } }), {
    name: 'TypeError',
    message: /ECC_NIST_P256/,
  });
  await t.rejects(create({ key: { KeyUsage: 'KEY_AGREEMENT' } }), /SIGN_VERIFY/);
  await t.rejects(create({ key: { PublicKey: undefined } }), TypeError);
  await t.rejects(create({}, ecKey('K').publicPem), /^publicKey is not the other half of the key in KMS$/);
  await t.rejects(create({}, 'no key'), { name: 'TypeError', message: /^publicKey must be a public key/ });
  await t.rejects(createKmsSigner({ client: faultyKms({}), keyId: 'k', keyPairId: '' }), {
    name: 'TypeError',
    message: /^keyPairId must be the id/,
  });
  await t.resolves(create({}, KEY.export({ type: 'spki', format: 'pem' }).toString()));
});

t.test('if KMS does not answer, the error is signing_unavailable, with its cause', async (t) => {
  const cause = new Error('ThrottlingException');
  const signer = await create({ sign: () => Promise.reject(cause) });
  await t.rejects(signer.sign(POLICY), { code: 'signing_unavailable', cause });
  await t.rejects(
    (await create({})).sign(POLICY),
    { code: 'signing_unavailable' },
    'no signature in the answer',
  );
  const client = { ...faultyKms({}), getPublicKey: () => Promise.reject(cause) };
  await t.rejects(createKmsSigner({ client, keyId: 'k', keyPairId: 'K1' }), { code: 'signing_unavailable' });
});
