// Runs alone, because each new network of this machine ends the requests that browsers have open.
// Weekly, because of its cost: it builds both images. Last result (2026-12-02): both start, and serve a first file; 71 s.
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { PORT_VARIABLES } from '../services/local/settings.ts';
import { png, signIn } from './support/client.ts';
import { Builder, noBuildah, publish } from './support/containers.ts';
import { missing } from './support/missing.ts';
import { freePorts } from './support/ports.ts';
import { temporaryDirectory } from './support/test-stack.ts';

const ROOT = new URL('..', import.meta.url);
/** The settings that a container of the service needs to start. Nothing calls these addresses here. */
const SERVICE_SETTINGS = {
  APP_ORIGIN: 'https://app.example.com',
  FILES_ORIGIN: 'https://files.app.example.com',
  OIDC_ISSUER: 'https://login.example.com',
  OIDC_CLIENT_ID: 'gateway',
  OIDC_CLIENT_SECRET: 'of the provider',
  LOGIN_SECRET: randomBytes(32).toString('base64url'),
  TABLE_NAME: 'gateway-sessions',
  DETAILS_TABLE_NAME: 'gateway-details',
  MOVER_FUNCTION_NAME: 'mover',
  BUCKET_NAME: 'gateway-files',
  KEY_VALUE_STORE_ARN:
    'arn:aws:cloudfront::123456789012:key-value-store/11111111-2222-3333-4444-555555555555',
  KEY_PAIR_ID: 'K1234567890ABC',
  SIGNING_KEY_FILE: '/run/secrets/signing-key',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
};
const noCompose = missing('/usr/bin/docker-compose');

t.setTimeout(900_000);
t.jobs = 1;

t.test('docker compose up is the whole system, to this machine alone', { skip: noCompose }, (t) => {
  const compose = (...args: string[]) =>
    execFileSync('docker-compose', args, { cwd: ROOT, encoding: 'utf8' });
  const { services } = JSON.parse(compose('config', '--format', 'json'));
  t.strictSame(Object.keys(services), ['local']);
  const ports: { host_ip: string; target: number; published: string }[] = services.local.ports;
  t.strictSame(
    ports.map(({ host_ip, target, published }) => [host_ip, target, published]),
    [3000, 8080, 9000, 9090].map((port) => ['127.0.0.1', port, String(port)]),
  );
  t.equal(services.local.volumes[0].target, '/app/.local');
  t.end();
});

t.test('both images', { skip: noBuildah }, async (t) => {
  const builder = new Builder(t);
  await builder.base();
  // One after the other: the second has its packages from the first.
  for (const target of ['local', 'service']) await builder.build(target);
  for (const image of ['node:24-slim', 'local', 'service'])
    t.comment(`${image}: ${await builder.size(image)}`);

  await t.test('local', async (t) => {
    const variables = Object.values(PORT_VARIABLES).map(([variable]) => variable);
    const ports = await freePorts(variables.length);
    const env = Object.fromEntries(variables.map((variable, index) => [variable, String(ports[index])]));
    const port = (variable: string) => Number(env[variable]);
    const begunMs = performance.now();
    const { running, host } = await builder.start('local', env);
    await running.waitFor('ready ');
    t.comment(`ready after ${((performance.now() - begunMs) / 1_000).toFixed(1)} s`);
    for (const variable of ['APP_PORT', 'EDGE_PORT', 'IDP_PORT', 'S3_PORT']) {
      await publish(t, host, port(variable));
    }

    const appOrigin = `http://localhost:${port('APP_PORT')}`;
    const alice = await signIn({ appOrigin }, 'alice');
    const bytes = png('x'.repeat(3_000_000));
    const { url, status } = await alice.upload({ name: 'cat.png', type: 'image/png', bytes });
    t.equal(status, 200);
    t.strictSame(new Uint8Array(await (await alice.request(url)).arrayBuffer()), bytes);
    t.equal((await fetch(url)).status, 403, 'nobody else gets it');

    const asked = async (name: string) => (await ask(host, port('APP_PORT'), name, '/')).status;
    t.equal(await asked(`localhost:${port('APP_PORT')}`), 200);
    t.equal(await asked(`${host}:${port('APP_PORT')}`), 421, 'the Host check stays');
    for (const variable of ['DYNAMODB_PORT', 'CLOUDFRONT_API_PORT']) {
      t.equal(await refusal(host, port(variable)), 'ECONNREFUSED', `${variable} stays inside`);
    }

    running.child.kill('SIGTERM');
    await running.exit;
  });

  await t.test('service', async (t) => {
    const secret = join(temporaryDirectory(t), 'signing-key');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    // Readable for everybody, as compose mounts a secret: the user of the image is another one.
    writeFileSync(secret, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o644 });
    const mount = ['--volume', `${secret}:/run/secrets/signing-key:ro`];
    const { running, host } = await builder.start('service', SERVICE_SETTINGS, mount);
    await running.waitFor('Server listening');
    const app = (path: string) => ask(host, 3000, 'app.example.com', path);
    t.equal((await app('/livez')).status, 200);
    t.match((await app('/')).body, /<title\b/);
    const session = await app('/auth/session');
    t.strictSame([session.status, JSON.parse(session.body).code], [401, 'no_session']);
  });
});

t.test('the flag is refused outside a container', (t) => {
  const main = new URL('services/local/main.ts', ROOT).pathname;
  try {
    execFileSync(process.execPath, [main, '--in-container'], { stdio: 'pipe', encoding: 'utf8' });
    t.fail('it started');
  } catch (error) {
    t.match(error, { status: 1, stderr: /^start: --in-container is only for the image/ });
  }
  t.end();
});

/** One request to an address, under the name that a browser would have asked for. */
async function ask(host: string, port: number, name: string, path: string) {
  const request = get({ host, port, path, headers: { host: name } });
  const [answer]: IncomingMessage[] = await once(request, 'response');
  return { status: answer?.statusCode, body: answer ? await text(answer) : '' };
}

function refusal(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}
