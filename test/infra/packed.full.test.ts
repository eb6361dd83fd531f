import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { deriveUserId } from '../../core/user-id.ts';
import { buildEdgeFunction } from '../../edge/function/build.ts';
import { isRecord } from '../../edge/local/template/shape.ts';
import { publicKeyId } from '../../infra/public-keys.ts';
import { startStandIn } from '../edge/local/support/stand-in.ts';
import { ecKey } from '../support/local-values.ts';
import { installPacked } from '../support/packed.ts';

// npm, a synthesis and a compiler that reads the CDK's types.
t.setTimeout(240_000);

const run = promisify(execFile);
const ORIGINS = { appOrigin: 'https://app.example.com', filesOrigin: 'https://files.app.example.com' };
const ALICE = deriveUserId(ORIGINS.appOrigin, 'alice');
const BOB = deriveUserId(ORIGINS.appOrigin, 'bob');
const KEY = ecKey('my-app-1');

const directory = await installPacked(
  t,
  ['infra', 'cookies', 'edge-local'],
  ['aws-cdk-lib', 'constructs', 'esbuild', 'tldts', 'typebox', '@aws-sdk/cloudfront-signer', '@types/node'],
);
writeFileSync(join(directory, 'key-1.pub.pem'), KEY.publicPem);
writeFileSync(join(directory, 'key-1.pem'), KEY.privateKey.export({ type: 'pkcs8', format: 'pem' }));

/** The block of docs/adopt.md, unchanged. */
function example(): string {
  const [, section = ''] = readFileSync('docs/adopt.md', 'utf8').split(
    '\n## The files host in a CDK stack of your own\n',
  );
  return /^```ts\n([\s\S]*?)^```$/m.exec(section)?.[1] ?? '';
}

/** Runs the app as `cdk synth` does. */
async function synthesized(): Promise<Record<string, unknown>> {
  writeFileSync(join(directory, 'app.ts'), example());
  const env = { ...process.env, CDK_OUTDIR: 'cdk.out' };
  await run(process.execPath, ['app.ts'], { cwd: directory, env });
  const template: unknown = JSON.parse(
    readFileSync(join(directory, 'cdk.out', 'MyApp.template.json'), 'utf8'),
  );
  return isRecord(template) && isRecord(template['Resources']) ? template['Resources'] : {};
}

const resources = await synthesized();

function ofType(type: string): { id: string; properties: Record<string, unknown> }[] {
  return Object.entries(resources).flatMap(([id, resource]) =>
    isRecord(resource) && resource['Type'] === type && isRecord(resource['Properties'])
      ? [{ id, properties: resource['Properties'] }]
      : [],
  );
}

t.test('the functions are those of the sources', async (t) => {
  const values = { ...ORIGINS, cookieLifetimeSeconds: 900 };
  t.strictSame(
    ofType('AWS::CloudFront::Function').map(({ properties }) => properties['FunctionCode']),
    [buildEdgeFunction('viewer-request', values), buildEdgeFunction('viewer-response', values)],
  );
});

t.test('the schema of values.json is in the package', async (t) => {
  const packed = join(directory, 'node_modules/@cloudfront-cookie-gateway/infra/values.schema.json');
  t.equal(readFileSync(packed, 'utf8'), readFileSync('infra/values.schema.json', 'utf8'));
});

/** Serves the template with `./edge-local`, and signs with `./cookies`. Both come from the packages. */
const SERVER = `import { readFileSync } from 'node:fs';
import { createCookieIssuer, createKeySigner, nextStart, parseUserId, toEpochSeconds } from '@cloudfront-cookie-gateway/cookies';
import { createLocalCloudFront } from '@cloudfront-cookie-gateway/edge-local';

const { origins, id, bindings } = JSON.parse(process.argv[2]);
const signer = createKeySigner({ keyPairId: 'K2JCJMDEHXQW5F', privateKey: readFileSync('key-1.pem', 'utf8') });
const issuer = createCookieIssuer({ ...origins, signer, cookieLifetimeSeconds: 900 });
const start = nextStart(undefined, toEpochSeconds(Date.now()));
const { cookies } = await issuer.issue({ id: parseUserId(id), start });
const template = JSON.parse(readFileSync('cdk.out/MyApp.template.json', 'utf8'));
const edge = createLocalCloudFront({ template, bindings });
const { port } = await edge.listen(0);
process.send({ port, cookie: cookies.map(({ name, value }) => name + '=' + value).join('; ') });
process.once('disconnect', () => process.exit());`;

async function startServer(t: Test, settings: object): Promise<{ port: number; cookie: string }> {
  writeFileSync(join(directory, 'server.js'), SERVER);
  const server: ChildProcess = fork('server.js', [JSON.stringify(settings)], { cwd: directory });
  const exited = once(server, 'exit');
  t.teardown(async () => {
    server.disconnect();
    await exited;
  });
  const [started] = await Promise.race([
    once(server, 'message'),
    exited.then(() => Promise.reject(new Error('the server did not start'))),
  ]);
  return started;
}

t.test("cookies of ./cookies open only the user's own folder of the files host", async (t) => {
  const origin = await startStandIn();
  t.teardown(() => origin.close());
  origin.objects.set(`users/${ALICE}/cat.txt`, { body: Buffer.from('the cat of alice'), type: 'text/plain' });
  origin.objects.set(`users/${BOB}/cat.txt`, { body: Buffer.from('the cat of bob'), type: 'text/plain' });
  const bucket = ofType('AWS::S3::Bucket')[0]?.id.toLowerCase();
  const { port, cookie } = await startServer(t, {
    origins: ORIGINS,
    id: ALICE,
    bindings: {
      origin: ORIGINS.filesOrigin,
      origins: {
        [`${bucket}.s3.us-east-1.amazonaws.com`]: {
          ...{ endpoint: origin.endpoint, bucket: 'gateway-files' },
          ...{ accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
        },
      },
      keyPairIds: { [publicKeyId({ name: KEY.keyPairId, pem: KEY.publicPem })]: 'K2JCJMDEHXQW5F' },
      ...{ region: 'us-east-1', accountId: '123456789012', httpCountsAsHttps: true },
    },
  });
  const get = async (path: string, headers: Record<string, string> = { cookie }) => {
    const { host } = new URL(ORIGINS.filesOrigin);
    const [response] = await once(
      request({ host: '127.0.0.1', port, path, headers: { host, ...headers } }).end(),
      'response',
    );
    return { status: response.statusCode, body: await text(response), headers: response.headers };
  };
  t.match(await get(`/users/${ALICE}/cat.txt`), {
    status: 200,
    body: 'the cat of alice',
    headers: { 'content-security-policy': `frame-ancestors ${ORIGINS.appOrigin}` },
  });
  t.match(await get(`/users/${BOB}/cat.txt`), { status: 403, body: '<Code>AccessDenied</Code>' });
  t.match(await get(`/users/${ALICE}/../${BOB}/cat.txt`), { status: 400, body: 'bad_path' });
  t.match(await get(`/users/${ALICE}/cat.txt`, {}), { status: 403, body: '<Code>MissingKey</Code>' });
});

t.test('the block compiles, and misspelt props do not', async (t) => {
  writeFileSync(
    join(directory, 'wrong.ts'),
    `import type { FilesHost, FilesHostProps } from '@cloudfront-cookie-gateway/infra';
export const wrong = (props: FilesHostProps): FilesHostProps[] => [
  // @ts-expect-error
  { ...props, cookieLifetime: 900 },
  // @ts-expect-error
  { ...props, browserCache: 'immutable' },
];
// @ts-expect-error
export const store = (files: FilesHost) => files.revocation;`,
  );
  const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
  const tsc = resolve('node_modules/.bin/tsc');
  await t.resolves(run(tsc, [...options, 'app.ts', 'wrong.ts'], { cwd: directory }));
});
