import { generateKeyPairSync, sign, verify } from 'node:crypto';
import process from 'node:process';
import t, { type Test } from 'tap';
import { parseEpochSeconds } from '../../../../core/epoch-seconds.ts';
import { fileUrlPolicy } from '../../../../core/policy.ts';
import { listenOnLoopback } from '../../../../edge/local/loopback.ts';
import { createKmsSigner } from '../../../../services/auth/adapters/kms-signer.ts';
import { createDeps } from '../../../../services/auth/deps.ts';
import { parseConfig } from '../../../../services/auth/settings/config.ts';
import { ecKey } from '../../../support/local-values.ts';
import { GOOD } from '../support/settings.ts';

const PAIR = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const KEY = PAIR.publicKey;
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

/** The form of base64 that CloudFront takes. */
const decode = (text: string) =>
  Buffer.from(text.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'), 'base64');

/** A KMS with one key, by its protocol (AWS JSON 1.1). */
async function startKms(t: Test, key: object = {}) {
  const asked: [operation: string, body: Record<string, unknown>][] = [];
  const server = await listenOnLoopback(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const body = JSON.parse((await request.toArray()).join(''));
    asked.push([operation, body]);
    const { Message = '' } = body;
    const answer =
      operation === 'Sign'
        ? { Signature: sign('sha256', Buffer.from(Message, 'base64'), PAIR.privateKey).toString('base64') }
        : {
            KeyUsage: 'SIGN_VERIFY',
            PublicKey: KEY.export({ type: 'spki', format: 'der' }).toString('base64'),
            ...key,
          };
    response.writeHead('status' in key ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(
      JSON.stringify('status' in key ? { __type: 'NotFoundException', message: 'no key' } : answer),
    );
  }, 0);
  t.teardown(() => server.close(0));
  process.env['AWS_ENDPOINT_URL_KMS'] = `http://localhost:${server.port}`;
  t.teardown(() => {
    delete process.env['AWS_ENDPOINT_URL_KMS'];
  });
  return asked;
}

/** A service that signs in KMS. */
async function startWithKms(publicPem?: string) {
  const { SIGNING_KEY: _, ...settings } = GOOD;
  const more = {
    SIGNING_KMS_KEY_ID: 'alias/gateway',
    ...(publicPem ? { SIGNING_PUBLIC_KEY: publicPem } : {}),
  };
  const config = parseConfig({ ...settings, ...more }, () => false);
  return createDeps(config, {
    ...{ webDirectory: new URL('file:///nowhere/'), outlivesRequests: false },
    ...{ onEdgeError: () => {}, onDeletionError: () => {}, onDetailsError: () => {} },
  });
}

t.test('a service signs with the key of its setting in KMS', async (t) => {
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
  const asked = await startKms(t);
  const { signer } = await startWithKms(KEY.export({ type: 'spki', format: 'pem' }).toString());
  const { signature, keyPairId, hashAlgorithm } = await signer.sign(POLICY);
  t.strictSame([keyPairId, hashAlgorithm], ['K1', 'SHA256']);
  t.ok(verify('sha256', Buffer.from(POLICY), KEY, decode(signature)));
  const Message = Buffer.from(POLICY).toString('base64');
  t.strictSame(asked, [
    ['GetPublicKey', { KeyId: 'alias/gateway' }],
    ['Sign', { KeyId: 'alias/gateway', Message, MessageType: 'RAW', SigningAlgorithm: 'ECDSA_SHA_256' }],
  ]);
});

t.test('the setting is named if the key in KMS does not fit', async (t) => {
  await startKms(t);
  const other = ecKey('K').publicPem;
  await t.rejects(startWithKms(other), {
    message: 'SIGNING_PUBLIC_KEY is not the other half of the key in KMS',
  });
  await startKms(t, { PublicKey: P384.toString('base64') });
  await t.rejects(startWithKms(), { message: /^SIGNING_KMS_KEY_ID must name a key in KMS of type ECC/ });
  await startKms(t, { status: 400 });
  await t.rejects(startWithKms(), { message: 'SIGNING_KMS_KEY_ID: NotFoundException: no key' });
});
