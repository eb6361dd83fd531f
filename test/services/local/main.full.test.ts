import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import {
  type CloudFrontKeyValueStoreClient,
  DescribeKeyValueStoreCommand,
  ListKeysCommand,
  PutKeyCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import t from 'tap';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import { createKeyValueStoreClient } from '../../../services/auth/edge/key-value-store.ts';
import { isContainer } from '../../../services/local/fronts.ts';
import { type LocalSettings, parseLocalSettings } from '../../../services/local/settings.ts';
import { openLocalState } from '../../../services/local/state.ts';
import { CookieJar, png, send, signIn } from '../../support/client.ts';
import { copyOfProject, runCommand, stopped } from '../../support/clone.ts';
import { freePortVariables, type TestStack } from '../../support/test-stack.ts';

const START = ['npm', 'start', '--'];
/** The program behind `npm start`, without the half second of npm itself. */
const RUN = ['node', 'scripts/run.mjs', 'services/local/main.ts'];

t.test('starts, survives a restart with sessions and files, and stops within five seconds', async (t) => {
  const directory = copyOfProject(t);
  const env = await freePortVariables();
  const settings = parseLocalSettings(env);
  const at = { appOrigin: settings.appOrigin, filesOrigin: settings.filesOrigin } as TestStack;

  const first = runCommand(directory, START, env);
  await first.waitFor(`ready ${settings.appOrigin}\n`);
  t.match(
    first.output(),
    `Starting: the page, the template, the stores and the services ...
Open ${settings.appOrigin} and sign in with any name, such as alice; the password is not checked.
Files are served from ${settings.filesOrigin}. Everything is kept in .local/ (npm start -- --reset wipes it).
ready ${settings.appOrigin}\n`,
  );
  const alice = await signIn(at, 'alice');
  const { url } = await alice.upload({ name: 'a.png', type: 'image/png', bytes: png() });
  t.equal(statSync(join(directory, '.local')).mode & 0o777, 0o700);
  for (const file of ['s3.json', 'kvs.json', 'secrets.json', 'auth.log'])
    t.equal(statSync(join(directory, '.local', file)).mode & 0o777, 0o600, file);
  t.match(JSON.parse(readFileSync(join(directory, '.local/s3.json'), 'utf8')), {
    endpoint: `http://localhost:${settings.ports.s3}`,
    accessKeyId: String,
    secretAccessKey: String,
  });
  const { ETag: IfMatch } = await revocations(directory, settings, (client, KvsARN) =>
    client.send(new DescribeKeyValueStoreCommand({ KvsARN })),
  );
  await revocations(directory, settings, (client, KvsARN) =>
    client.send(new PutKeyCommand({ KvsARN, Key: 'a', Value: '1', IfMatch })),
  );
  t.equal(await stopped(first, 'SIGTERM'), 0);

  const second = runCommand(directory, RUN, {
    ...env,
    EDGE_ASSUMPTIONS: 'responseHeadersPolicyOnRefusals=true',
  });
  await second.waitFor('ready ');
  t.match(
    second.output(),
    'The local CloudFront runs with responseHeadersPolicyOnRefusals=true (EDGE_ASSUMPTIONS).',
  );
  const { status, headers } = await send(new CookieJar(), `${settings.filesOrigin}/`);
  t.strictSame([status, headers.get('x-content-type-options')], [403, 'nosniff']);
  t.equal((await alice.request(`${settings.appOrigin}/auth/session`)).status, 200);
  t.equal((await alice.request(url)).status, 200);
  t.equal((await alice.post('/auth/refresh')).status, 200);
  const listed = () =>
    revocations(directory, settings, (client, KvsARN) => client.send(new ListKeysCommand({ KvsARN })));
  t.strictSame((await listed()).Items, [{ Key: 'a', Value: '1' }]);
  t.equal(await stopped(second, 'SIGINT'), 0);

  const third = runCommand(directory, [...START, '--reset'], env);
  await third.waitFor('ready ');
  t.equal((await alice.request(`${settings.appOrigin}/auth/session`)).status, 401);
  t.strictSame((await listed()).Items, []);
  t.equal((await send(new CookieJar(), `${settings.appOrigin}/livez`)).status, 200);
  const other = runCommand(directory, RUN, await freePortVariables());
  t.equal(await other.exit, 1, 'it has the directory although it has wiped it');
  process.kill(authServiceOf(directory), 'SIGSTOP');
  t.equal(await stopped(third, 'SIGTERM'), 0, 'a stopped child does not delay the end');
  t.throws(() => authServiceOf(directory), 'the child is not left behind');
});

function authServiceOf(directory: string): number {
  const entry = join(directory, 'services/local/demo/auth-service.ts');
  return Number(execFileSync('pgrep', ['-f', entry], { encoding: 'utf8' }));
}

/** Asks the KeyValueStore with the credentials and address from `.local/kvs.json`. */
async function revocations<T>(
  directory: string,
  { ports }: LocalSettings,
  ask: (client: CloudFrontKeyValueStoreClient, KvsARN: string) => Promise<T>,
): Promise<T> {
  const { endpoint, keyValueStoreArn, ...credentials } = JSON.parse(
    readFileSync(join(directory, '.local/kvs.json'), 'utf8'),
  );
  t.equal(endpoint, `http://localhost:${ports.cloudFrontApi}`);
  const client = createKeyValueStoreClient({ endpoint, region: 'us-east-1', credentials });
  try {
    return await ask(client, keyValueStoreArn);
  } finally {
    client.destroy();
  }
}

t.test('ends at once, with one message for each fault', async (t) => {
  const directory = copyOfProject(t);
  const ports = await freePortVariables();
  const fails = async (env: Record<string, string>, args: string[] = []) => {
    const command = runCommand(directory, [...RUN, ...args], { ...ports, ...env });
    t.equal(await command.exit, 1);
    return command.output().trim().split('\n');
  };

  const busy = await listenOnLoopback(() => {}, 0);
  t.teardown(() => busy.close());
  t.strictSame(await fails({ S3_PORT: String(busy.port) }), [
    `start: port ${busy.port} is taken: stop the program that listens there, or set S3_PORT to a free port`,
  ]);
  t.match(await fails({ CLOUDFRONT_API_PORT: String(busy.port) }), [
    /set CLOUDFRONT_API_PORT to a free port$/,
  ]);
  t.strictSame(await fails({ EDGE_PORT: 'x' }), ['start: EDGE_PORT must be a port, 1 to 65535']);
  t.strictSame(await fails({ EDGE_ASSUMPTIONS: 'duplicates=both' }), [
    'start: EDGE_ASSUMPTIONS: duplicates must be first or last',
  ]);
  t.strictSame(
    await fails({ APP_ORIGIN: 'https://app.example.com', FILES_ORIGIN: 'https://files.app.example.com' }),
    [
      'start: APP_ORIGIN is a public name, and anybody can sign in to this stack as anybody: it runs on localhost, or under .test',
      'start: FILES_ORIGIN is a public name, and anybody can sign in to this stack as anybody: it runs on localhost, or under .test',
    ],
  );
  t.strictSame(await fails({}, ['--reset', '--rest']), [
    'start: unknown option --rest; the only option is --reset',
  ]);
  if (!isContainer()) {
    t.strictSame(await fails({}, ['--in-container']), [
      'start: --in-container is only for the image: here it would open the ports to the network',
    ]);
  }
});

t.test('a running system is not disturbed by another npm start', async (t) => {
  const directory = copyOfProject(t);
  const env = await freePortVariables();
  const set = { HTTPS: '1', METRICS_PORT: '1', MAX_FILE_BYTES: '1000' };
  const running = runCommand(directory, RUN, { ...env, ...set });
  await running.waitFor('ready ');
  t.match(running.output(), '\nTrust .local/https/authority.pem once, ');
  const passedOn = readFileSync(`/proc/${authServiceOf(directory)}/environ`, 'utf8').split('\0');
  t.strictSame(
    passedOn.filter((line) => /^(?:METRICS_PORT|MAX_FILE_BYTES|OIDC_SCOPES)=/.test(line)),
    ['MAX_FILE_BYTES=1000'],
    'the shell’s settings that are meant for the service reach it, and no others',
  );
  const keys = readdirSync(join(directory, '.local/keys'));

  const wiping = runCommand(directory, [...RUN, '--reset'], env);
  t.equal(await wiping.exit, 1);
  t.match(wiping.output(), 'is taken');
  const elsewhere = runCommand(directory, [...RUN, '--reset'], await freePortVariables());
  t.equal(await elsewhere.exit, 1);
  t.match(elsewhere.output(), /^start: another npm start uses .*\.local: stop that one first\n$/);
  t.strictSame(readdirSync(join(directory, '.local/keys')), keys);

  process.kill(authServiceOf(directory), 'SIGKILL');
  t.equal(await running.exit, 1, 'it ends if the auth service has ended');
  t.match(running.output(), 'start: the auth service was killed by SIGKILL; .local/auth.log says why');
});

t.test('names a signing key that CloudFront does not take', async (t) => {
  const directory = copyOfProject(t);
  openLocalState(join(directory, '.local'));
  const other = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(join(directory, '.local/keys/KOTHER.pem'), other);
  const command = runCommand(directory, RUN, await freePortVariables());
  t.equal(await command.exit, 1);
  t.match(
    command.output(),
    /^Starting: .*\nstart: .*KOTHER\.pem must be a private key as PEM, ECDSA P-256 or RSA 2048: .+\n$/,
  );
});
