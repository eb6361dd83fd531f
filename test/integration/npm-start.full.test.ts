import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { parseLocalSettings, startFaults } from '../../services/local/settings.ts';
import { openLocalState } from '../../services/local/state.ts';
import { png, signIn } from '../support/client.ts';
import { copyOfProject, copyOfSources, runCommand, stopped } from '../support/clone.ts';
import { freePortVariables, temporaryDirectory } from '../support/test-stack.ts';

const START = ['npm', 'start', '--'];
t.test('in a fresh clone it installs what running needs, at most 300 MB, and that is enough', async (t) => {
  const directory = copyOfSources(t);
  const env = await freePortVariables();
  const { appOrigin } = parseLocalSettings(env);
  const start = runCommand(directory, START, env);
  await start.waitFor(`ready ${appOrigin}\n`);
  t.match(start.output(), /^Installing packages from the lockfile/m);
  const alice = await signIn({ appOrigin }, 'alice');
  const { url } = await alice.upload({ name: 'a.png', type: 'image/png', bytes: png() });
  t.equal((await alice.request(url)).status, 200);

  const path = new URL(url).pathname;
  const gateway = (...args: string[]) =>
    runCommand(directory, ['npm', 'run', '-s', 'gateway', '--', ...args], env);
  const signing = gateway('sign-url', path);
  t.equal(await signing.exit, 0);
  t.equal((await fetch(signing.output().trim())).status, 200);
  const asking = gateway('doctor', url);
  t.equal(await asking.exit, 1, 'a request without a credential is refused');
  t.notMatch(asking.output(), /Installing/);
  t.equal(await stopped(start, 'SIGTERM'), 0);

  const { packages } = JSON.parse(readFileSync(join(directory, 'node_modules/.package-lock.json'), 'utf8'));
  const development = Object.keys(packages).filter((name) => packages[name].dev);
  t.strictSame(development, []);
  const du = execFileSync('du', ['-sm', join(directory, 'node_modules')], { encoding: 'utf8' });
  t.ok(Number.parseInt(du, 10) <= 300, du);
});

t.test('says so if it has no permission to write', async (t) => {
  const directory = temporaryDirectory(t);
  chmodSync(directory, 0o500);
  // Root may write everywhere, so root becomes another user for this.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    let error: unknown;
    t.throws(() => openLocalState(join(directory, 'state')), { code: 'EACCES' });
    try {
      openLocalState(join(directory, 'state'));
    } catch (caught) {
      error = caught;
    }
    t.match(startFaults(error), [/state.* cannot be written to: give this user the permission/]);
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
  t.equal(startFaults(new Error('ours')), undefined);
});

t.test('the service alone names every setting that is missing or wrong', async (t) => {
  const directory = copyOfProject(t);
  const pem = join(directory, 'ed25519.pem');
  writeFileSync(pem, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const command = runCommand(directory, ['node', 'scripts/run.mjs', 'services/auth/main.ts'], {
    SIGNING_KEY_FILE: pem,
    APP_ORIGIN: 'https://github.io',
    FILES_ORIGIN: 'https://files.github.io',
  });
  t.equal(await command.exit, 1);
  t.match(command.output(), 'OIDC_ISSUER is missing');
  t.match(command.output(), 'AWS_REGION is missing');
  t.match(
    command.output(),
    'SIGNING_KEY must be a private key as PEM, ECDSA P-256 or RSA 2048: CloudFront takes no other type of key',
  );
  t.match(command.output(), 'APP_ORIGIN is a public suffix');
  t.notMatch(command.output(), 'at file:');
});
