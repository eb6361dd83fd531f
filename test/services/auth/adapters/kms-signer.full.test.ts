import { createPublicKey, verify } from 'node:crypto';
import { KMS } from '@aws-sdk/client-kms';
import t from 'tap';
import { parseEpochSeconds } from '../../../../core/epoch-seconds.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { createKmsSigner } from '../../../../services/auth/adapters/kms-signer.ts';
import { createCookieIssuer } from '../../../../services/auth/cookie-issuer.ts';
import { missing } from '../../../support/missing.ts';
import { MOTO, startMoto } from '../../../support/moto.ts';

t.test(
  "moto's KMS signs, and the public key that CloudFront has verifies",
  { skip: missing(MOTO) },
  async (t) => {
    const { endpoint } = await startMoto(t);
    const client = new KMS({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    let signs = 0;
    client.middlewareStack.add(
      (next, context) => (args) => {
        if (context.commandName === 'SignCommand') signs++;
        return next(args);
      },
      { step: 'initialize' },
    );
    const newKey = async (KeySpec: 'ECC_NIST_P256' | 'RSA_2048') =>
      (await client.createKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' })).KeyMetadata?.KeyId ?? '';
    const keyId = await newKey('ECC_NIST_P256');
    const der = (await client.getPublicKey({ KeyId: keyId })).PublicKey ?? new Uint8Array();
    const publicKey = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const signer = await createKmsSigner({ client, keyId, keyPairId: 'KKMS', publicKey: publicPem });

    let nowSeconds = 1_767_200_000;
    const issuer = createCookieIssuer({
      appOrigin: 'https://app.example.com',
      filesOrigin: 'https://files.app.example.com',
      signer,
      cookieLifetimeSeconds: 900,
      now: () => nowSeconds * 1_000,
    });
    const session = { id: parseUserId('alice'), start: parseEpochSeconds(nowSeconds - 3_600) };
    const sets = await Promise.all(Array.from({ length: 20 }, () => issuer.issue(session)));
    t.equal(signs, 1, 'twenty tabs, one Sign call');
    nowSeconds += 599;
    t.strictSame((await issuer.issue(session)).cookies, sets[0]?.cookies);
    t.equal(signs, 1);
    nowSeconds += 1;
    t.equal((await issuer.issue(session)).expiresAtEpoch, nowSeconds + 900);
    t.equal(signs, 2, 'the renewal when it is due');

    const cookie = (name: string) =>
      sets[0]?.cookies.find((one) => one.name === `CloudFront-${name}`)?.value ?? '';
    const decode = (text: string) =>
      Buffer.from(text.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'), 'base64');
    t.ok(verify('sha256', decode(cookie('Policy')), publicKey, decode(cookie('Signature'))));
    t.equal(cookie('Hash-Algorithm'), 'SHA256');
    t.equal(cookie('Key-Pair-Id'), 'KKMS');

    const rsaId = await newKey('RSA_2048');
    await t.rejects(createKmsSigner({ client, keyId: rsaId, keyPairId: 'K' }), /ECC_NIST_P256/);
    await t.rejects(
      createKmsSigner({ client, keyId: 'nobody', keyPairId: 'K' }),
      { code: 'signing_unavailable', cause: { name: 'NotFoundException' } },
      'an unknown key',
    );
  },
);
