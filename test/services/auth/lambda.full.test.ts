import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import t from 'tap';
import { createKeyValueStore } from '../../../edge/local/functions/key-value-store.ts';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import { isRecord } from '../../../edge/local/template/shape.ts';
import { build } from '../../../infra/build.ts';
import { createIdentityProvider } from '../../../services/local/identity-provider.ts';
import { createKeyValueStoreApi } from '../../../services/local/key-value-store/server.ts';
import { generateIdentityProviderKeys } from '../../../services/local/state.ts';
import { type Handler, startApiGateway, toEvent } from '../../support/api-gateway.ts';
import { CookieJar, png, send, signIn } from '../../support/client.ts';
import { ecKey, localValues } from '../../support/local-values.ts';
import { missing } from '../../support/missing.ts';
import { MOTO, startMoto } from '../../support/moto.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { KEY_VALUE_STORE_ARN, TABLE_SHAPE } from './support/service.ts';

t.test(
  'the deployed bundle answers HTTP API events, with moto for AWS',
  { skip: missing(MOTO), timeout: 90_000 },
  async (t) => {
    const { endpoint } = await startMoto(t);
    const issuerServer = await listenOnLoopback(() => {}, 0);
    await issuerServer.close(0);
    const issuer = `http://localhost:${issuerServer.port}`;
    const gateway = await startApiGateway(t);
    const provider = createIdentityProvider({
      issuer,
      clientId: 'gateway',
      clientSecret: 'provider-secret',
      redirectUris: ['https://app.example.com/auth/callback', `${gateway.origin}/auth/callback`],
      postLogoutRedirectUris: ['https://app.example.com/auth/signed-out'],
      jwks: await generateIdentityProviderKeys(),
      cookieKeys: ['k'],
    });
    await provider.listen(issuerServer.port);
    t.teardown(() => provider.close());

    // moto knows no KeyValueStore.
    const api = createKeyValueStoreApi({
      stores: { [KEY_VALUE_STORE_ARN]: createKeyValueStore() },
      credentials: [{ accessKeyId: 'test', secretAccessKey: 'test' }],
    });
    const edge = await api.listen(0);
    t.teardown(() => api.close());
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
      DETAILS_TABLE_NAME: 'details',
      MOVER_FUNCTION_NAME: 'mover',
      BUCKET_NAME: 'files',
      KEY_VALUE_STORE_ARN,
      KEY_VALUE_STORE_ENDPOINT: `http://localhost:${edge.port}`,
      KEY_PAIR_ID: key.keyPairId,
      SECRET_ID: 'gateway',
    });
    await new DynamoDBClient({}).send(
      new CreateTableCommand({
        TableName: 'sessions',
        ...TABLE_SHAPE,
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
    const bundle = pathToFileURL(join(directory, 'service/lambda.mjs')).href;
    const { handler }: { handler: Handler } = await import(bundle);
    const get = (target: string, headers: Record<string, string> = {}, sourceIp = '192.0.2.1') =>
      handler(
        toEvent({ method: 'GET', target, headers: { host: 'app.example.com', ...headers }, sourceIp }),
        {},
      );

    const ready = await get('/readyz');
    t.match(ready.body, '{"status":"ready","down":[],');
    t.equal(ready.statusCode, 200);
    const page = await get('/');
    t.match(page, {
      statusCode: 200,
      headers: { 'content-type': /text\/html/, 'strict-transport-security': /max-age/ },
    });
    t.match((await get('/auth/session')).body, '"code":"no_session"');
    const login = await get('/auth/login?return_to=/a%2Cb');
    t.equal(login.statusCode, 302);
    t.match(login.headers['location'], `${issuer}/auth?`);
    t.match(login.cookies?.[0] ?? login.headers['set-cookie'], /^__Host-login-/);
    // Addresses are those that API Gateway saw. The limit is the one of deployments.
    const flood = async (forged: string) => get('/nowhere', { 'x-forwarded-for': forged });
    for (let count = 0; count < 30; count++) t.equal((await flood(`192.0.2.${count}`)).statusCode, 404);
    t.equal((await flood('192.0.2.99')).statusCode, 429);
    t.equal((await get('/nowhere', {}, '192.0.2.2')).statusCode, 404);
    t.equal((await get('/', { host: 'abc.execute-api.us-east-1.amazonaws.com' })).statusCode, 421);

    await t.test("the operator's own page: compressed, and with pictures", async (t) => {
      const page = temporaryDirectory(t);
      const own = temporaryDirectory(t);
      const picture = Buffer.from(png());
      const script = `console.log(${JSON.stringify('a'.repeat(5_000))});`;
      const files = { 'index.html': 'own page', 'assets/a.js': script, 'assets/a.png': picture };
      mkdirSync(join(page, 'assets'));
      for (const [name, content] of Object.entries(files)) writeFileSync(join(page, name), content);
      const contentSecurityPolicy = "default-src 'self'; script-src 'self' 'unsafe-inline'";
      const values = localValues([key], { webDirectory: page, contentSecurityPolicy });
      const assembly = build(values, own);
      // The settings as the stack sets them.
      const settings = { WEB_DIRECTORY: 'web', CONTENT_SECURITY_POLICY: contentSecurityPolicy };
      const template = readFileSync(join(assembly, `${values.stackName}.template.json`), 'utf8');
      for (const [name, value] of Object.entries(settings)) {
        t.match(template, `"${name}": ${JSON.stringify(value)}`, name);
      }
      Object.assign(process.env, settings);
      t.teardown(() => {
        for (const name of Object.keys(settings)) delete process.env[name];
      });
      const { handler }: { handler: Handler } = await import(
        pathToFileURL(join(own, 'service/lambda.mjs')).href
      );
      const get = async (target: string, headers: Record<string, string>) => {
        const event = toEvent({ method: 'GET', target, headers: { host: 'app.example.com', ...headers } });
        const { statusCode, headers: answered, body, isBase64Encoded } = await handler(event, {});
        t.equal(answered['content-security-policy'], contentSecurityPolicy);
        const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
        return { statusCode, cached: answered['cache-control'], bytes };
      };
      t.match(await get('/albums/7', { accept: 'text/html' }), {
        ...{ statusCode: 200, cached: 'no-store', bytes: Buffer.from('own page') },
      });
      const immutable = { statusCode: 200, cached: 'public, max-age=31536000, immutable' };
      t.strictSame(await get('/assets/a.png', {}), { ...immutable, bytes: picture });
      const zipped = await get('/assets/a.js', { 'accept-encoding': 'gzip' });
      t.strictSame(
        { ...zipped, bytes: gunzipSync(zipped.bytes).toString() },
        { ...immutable, bytes: script },
      );
    });

    await t.test('a whole sign-in, and names with every kind of character, through the event', async (t) => {
      Object.assign(process.env, { APP_ORIGIN: gateway.origin, FILES_ORIGIN: 'http://localhost:1' });
      const local: { handler: Handler } = await import(`${bundle}?local`);
      gateway.serve(local.handler);
      const returnTo = '/?a=1&a=2,3+4%20%2B';
      const user = await signIn({ appOrigin: gateway.origin }, 'alice', new CookieJar(), returnTo);
      t.equal(user.callback.headers.get('location'), returnTo, 'the query arrived byte for byte');
      t.strictSame(
        user.jar.names().filter((name) => name.startsWith('CloudFront-')),
        ['CloudFront-Policy', 'CloudFront-Signature', 'CloudFront-Key-Pair-Id', 'CloudFront-Hash-Algorithm'],
        'every Set-Cookie arrived',
      );
      const name = 'a+b, c&d=%20;\u5199#?.png';
      const Key = `users/${user.id}/${name}`;
      const s3 = new S3Client({ forcePathStyle: true });
      await s3.send(new PutObjectCommand({ Bucket: 'files', Key, Body: 'x' }));
      const names = async () => {
        const listed: unknown = await (await send(user.jar, `${gateway.origin}/api/files`)).json();
        return isRecord(listed) && Array.isArray(listed['files'])
          ? listed['files'].map((file) => file.name)
          : [];
      };
      t.strictSame(await names(), [name]);
      const gone = await user.delete(`/api/files?name=${encodeURIComponent(name)}`);
      t.equal(gone.status, 204);
      t.strictSame(await names(), []);
      // API Gateway does not treat a form as text, so its body comes in base64.
      const form = await send(new CookieJar(), `${gateway.origin}/auth/backchannel-logout`, {
        method: 'POST',
        body: new URLSearchParams({ logout_token: 'a.b.c' }),
      });
      t.strictSame([form.status, Object(await form.json()).code], [400, 'logout_token_invalid']);
      t.equal((await send(user.jar, `${gateway.origin}/api/%66iles`)).status, 200, 'a path comes decoded');
      t.equal((await user.post('/auth/logout-all')).status, 200);
      t.equal((await send(user.jar, `${gateway.origin}/auth/session`)).status, 401);
    });
  },
);
