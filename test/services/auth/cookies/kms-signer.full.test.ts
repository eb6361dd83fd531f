import { createPublicKey, verify } from 'node:crypto';
import process from 'node:process';
import { KMS } from '@aws-sdk/client-kms';
import t from 'tap';
import { parseEpochSeconds } from '../../../../core/epoch-seconds.ts';
import { userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { createCookieIssuer } from '../../../../services/auth/cookies/issuer.ts';
import { createKmsSigner } from '../../../../services/auth/cookies/kms-signer.ts';
import { parseConfig } from '../../../../services/auth/settings/config.ts';
import { isPublicSuffix } from '../../../../services/auth/settings/public-suffix.ts';
import { createDeps } from '../../../../services/auth/wiring/deps.ts';
import { signUrl } from '../../../../services/operator/cli/sign-url.ts';
import { ecKey } from '../../../support/local-values.ts';
import { missing } from '../../../support/missing.ts';
import { MOTO, startMoto } from '../../../support/moto.ts';

t.test(
  "moto's KMS signs for the cookies package, the service and the command line; the public key verifies",
  { skip: missing(MOTO) },
  async (t) => {
    const { endpoint } = await startMoto(t);
    Object.assign(process.env, {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: endpoint,
    });
    const client = new KMS({});
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
    const decode = (text = '') =>
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

    await client.createAlias({ AliasName: 'alias/gateway', TargetKeyId: keyId });
    const env = {
      APP_ORIGIN: 'https://app.example.com',
      FILES_ORIGIN: 'https://files.app.example.com',
      OIDC_ISSUER: 'https://login.example.com',
      OIDC_CLIENT_ID: 'id',
      OIDC_CLIENT_SECRET: 'secret',
      TABLE_NAME: 'sessions',
      DETAILS_TABLE_NAME: 'details',
      MOVER_FUNCTION_NAME: 'mover',
      BUCKET_NAME: 'files',
      KEY_VALUE_STORE_ARN: 'arn:aws:cloudfront::000000000000:key-value-store/test',
      KEY_VALUE_STORE_ENDPOINT: 'http://localhost:1',
      KEY_PAIR_ID: 'KKMS',
      SIGNING_KMS_KEY_ID: 'alias/gateway',
      SIGNING_PUBLIC_KEY: publicPem,
      LOGIN_SECRET: Buffer.alloc(32, 7).toString('base64url'),
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: endpoint,
    };
    const create = (changes: Record<string, string>) =>
      createDeps(parseConfig({ ...env, ...changes }, isPublicSuffix), {
        webDirectory: new URL('file:///nowhere/'),
        outlivesRequests: true,
        log: () => ({ error: () => {} }),
      });

    const { folderCookies } = await create({});
    const ofAlice = { owner: userOwner(parseUserId('alice')), start: parseEpochSeconds(1_767_200_000) };
    const { cookies } = await folderCookies.issue(ofAlice);
    const [policy, signature] = cookies.map(({ value }) => decode(value));
    t.ok(verify('sha256', policy ?? Buffer.alloc(0), publicKey, signature ?? Buffer.alloc(0)));

    const url = await signUrl(['/users/alice/b'], env, '', 1_767_200_000_000);
    const canned = `{"Statement":[{"Resource":"https://files.app.example.com/users/alice/b","Condition":{"DateLessThan":{"AWS:EpochTime":1767201800}}}]}`;
    t.ok(verify('sha256', Buffer.from(canned), publicKey, decode(/Signature=([^&]+)/.exec(url)?.[1])));

    await t.rejects(create({ SIGNING_PUBLIC_KEY: ecKey('K').publicPem }), {
      message: /^SIGNING_PUBLIC_KEY is not the other half of the key in KMS$/,
    });
    await t.rejects(create({ SIGNING_KMS_KEY_ID: 'alias/nobody' }), {
      message: /^SIGNING_KMS_KEY_ID: NotFoundException/,
    });
  },
);
