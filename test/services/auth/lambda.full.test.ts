import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import t from 'tap';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import { build } from '../../../infra/build.ts';
import {
  createIdentityProvider,
  generateIdentityProviderKeys,
} from '../../../services/local/identity-provider.ts';
import { ecKey, localValues } from '../../support/local-values.ts';
import { missing } from '../../support/missing.ts';
import { MOTO, startMoto } from '../../support/moto.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

interface LambdaAnswer {
  statusCode: number;
  headers: Record<string, string>;
  cookies?: string[];
  body: string;
}

t.test(
  'the deployed bundle answers HTTP API events, with moto for AWS',
  { skip: missing(MOTO), timeout: 90_000 },
  async (t) => {
    const { endpoint } = await startMoto(t);
    const issuerServer = await listenOnLoopback(() => {}, 0);
    await issuerServer.close(0);
    const issuer = `http://localhost:${issuerServer.port}`;
    const provider = createIdentityProvider({
      issuer,
      clientId: 'gateway',
      clientSecret: 'provider-secret',
      redirectUris: ['https://app.example.com/auth/callback'],
      postLogoutRedirectUris: ['https://app.example.com/auth/signed-out'],
      jwks: await generateIdentityProviderKeys(),
      cookieKeys: ['k'],
    });
    await provider.listen(issuerServer.port);
    t.teardown(() => provider.close());

    const key = ecKey('KLAMBDA');
    Object.assign(process.env, {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: endpoint,
      APP_ORIGIN: 'https://app.example.com',
      FILES_ORIGIN: 'https://files.app.example.com',
      OIDC_ISSUER: issuer,
      OIDC_CLIENT_ID: 'gateway',
      TABLE_NAME: 'sessions',
      BUCKET_NAME: 'files',
      KEY_VALUE_STORE_ARN: 'arn:aws:cloudfront::000000000000:key-value-store/test',
      KEY_VALUE_STORE_ENDPOINT: 'http://localhost:1',
      KEY_PAIR_ID: key.keyPairId,
      SECRET_ID: 'gateway',
    });
    await new DynamoDBClient({}).send(
      new CreateTableCommand({
        TableName: 'sessions',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'files' }));
    await new SecretsManagerClient({}).send(
      new CreateSecretCommand({
        Name: 'gateway',
        SecretString: JSON.stringify({
          SIGNING_KEY: key.privateKey.export({ type: 'pkcs8', format: 'pem' }),
          OIDC_CLIENT_SECRET: 'provider-secret',
          LOGIN_SECRET: randomBytes(32).toString('base64url'),
        }),
      }),
    );

    const directory = temporaryDirectory(t);
    build(localValues([key]), directory);
    const { handler } = await import(pathToFileURL(join(directory, 'service/lambda.mjs')).href);
    const get = (
      rawPath: string,
      rawQueryString = '',
      headers: Record<string, string> = {},
      sourceIp = '192.0.2.1',
    ): Promise<LambdaAnswer> =>
      handler(
        {
          version: '2.0',
          routeKey: '$default',
          rawPath,
          rawQueryString,
          cookies: [],
          headers: { host: 'app.example.com', ...headers },
          isBase64Encoded: false,
          requestContext: {
            http: {
              method: 'GET',
              path: rawPath,
              protocol: 'HTTP/1.1',
              sourceIp,
              userAgent: 'test',
            },
            stage: '$default',
            requestId: 'r',
            timeEpoch: Date.now(),
          },
        },
        {},
      );

    const ready = await get('/readyz');
    t.equal(ready.body, '{"status":"ready","down":[]}');
    t.equal(ready.statusCode, 200);
    const page = await get('/');
    t.match(page, {
      statusCode: 200,
      headers: { 'content-type': /text\/html/, 'strict-transport-security': /max-age/ },
    });
    t.match((await get('/auth/session')).body, '"code":"no_session"');
    const login = await get('/auth/login', 'return_to=/a%2Cb');
    t.equal(login.statusCode, 302);
    t.match(login.headers['location'], `${issuer}/auth?`);
    t.match(login.cookies?.[0] ?? login.headers['set-cookie'], /^__Host-login-/);
    // Addresses are those that API Gateway saw; the limit is that of deployments.
    const flood = async (forged: string) => get('/nowhere', '', { 'x-forwarded-for': forged });
    for (let count = 0; count < 30; count++) t.equal((await flood(`192.0.2.${count}`)).statusCode, 404);
    t.equal((await flood('192.0.2.99')).statusCode, 429);
    t.equal((await get('/nowhere', '', {}, '192.0.2.2')).statusCode, 404);
    t.equal((await get('/', '', { host: 'abc.execute-api.us-east-1.amazonaws.com' })).statusCode, 421);
  },
);
