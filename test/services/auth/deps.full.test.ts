import { createPublicKey, verify } from 'node:crypto';
import process from 'node:process';
import { KMS } from '@aws-sdk/client-kms';
import t from 'tap';
import { parseEpochSeconds } from '../../../core/epoch-seconds.ts';
import { parseUserId } from '../../../core/user-id.ts';
import { createDeps } from '../../../services/auth/deps.ts';
import { isPublicSuffix } from '../../../services/auth/domain/public-suffix.ts';
import { parseConfig } from '../../../services/auth/settings/config.ts';
import { signUrl } from '../../../services/operator/cli/sign-url.ts';
import { ecKey } from '../../support/local-values.ts';
import { missing } from '../../support/missing.ts';
import { MOTO, startMoto } from '../../support/moto.ts';

t.test(
  'the service and the command line sign with the key that SIGNING_KMS_KEY_ID names',
  { skip: missing(MOTO) },
  async (t) => {
    const { endpoint } = await startMoto(t);
    Object.assign(process.env, {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: endpoint,
    });
    const kms = new KMS({});
    const { KeyMetadata } = await kms.createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    await kms.createAlias({ AliasName: 'alias/gateway', TargetKeyId: KeyMetadata?.KeyId });
    const der = (await kms.getPublicKey({ KeyId: 'alias/gateway' })).PublicKey ?? new Uint8Array();
    const publicKey = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    const env = {
      APP_ORIGIN: 'https://app.example.com',
      FILES_ORIGIN: 'https://files.app.example.com',
      OIDC_ISSUER: 'https://login.example.com',
      OIDC_CLIENT_ID: 'id',
      OIDC_CLIENT_SECRET: 'secret',
      TABLE_NAME: 'sessions',
      BUCKET_NAME: 'files',
      KEY_VALUE_STORE_ARN: 'arn:aws:cloudfront::000000000000:key-value-store/test',
      KEY_VALUE_STORE_ENDPOINT: 'http://localhost:1',
      KEY_PAIR_ID: 'KKMS',
      SIGNING_KMS_KEY_ID: 'alias/gateway',
      SIGNING_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      LOGIN_SECRET: Buffer.alloc(32, 7).toString('base64url'),
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: endpoint,
    };
    const create = (changes: Record<string, string>) =>
      createDeps(parseConfig({ ...env, ...changes }, isPublicSuffix), {
        webDirectory: new URL('file:///nowhere/'),
        outlivesRequests: true,
        onEdgeError: () => {},
      });
    const decode = (text = '') =>
      Buffer.from(text.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'), 'base64');

    const { cookieIssuer } = await create({});
    const session = { id: parseUserId('alice'), start: parseEpochSeconds(1_767_200_000) };
    const [policy, signature] = (await cookieIssuer.issue(session)).cookies.map(({ value }) => decode(value));
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
