import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startTestStack, temporaryDirectory } from '../../support/test-stack.ts';
import { logIn, run, type Shell, start } from './support/command.ts';
import { createNetwork } from './support/cut.ts';

t.setTimeout(300_000);

const MB = 2 ** 20;
const stack = await startTestStack(t);
const issuer = `http://localhost:${stack.settings.ports.identityProvider}`;
const network = await createNetwork(t);
const cwd = temporaryDirectory(t);
const state = join(cwd, 'state');
const shell: Shell = {
  cwd,
  env: { XDG_STATE_HOME: state, HTTP_PROXY: network.url, NODE_USE_ENV_PROXY: '1' },
};
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

t.test('before a sign-in', async (t) => {
  t.match(await run(shell, 'ls'), { code: 3, out: '', err: /nobody is signed in: cookie-gateway login/ });
});

t.test('a sign-in by the device flow', async (t) => {
  t.match(await logIn(shell, { ...stack, issuer }, 'alice'), {
    code: 0,
    out: /^signed in as alice@example\.test\n$/,
  });
  t.equal(statSync(join(state, 'cloudfront-cookie-gateway')).mode & 0o777, 0o700);
  const kept = readdirSync(join(state, 'cloudfront-cookie-gateway'));
  t.strictSame(kept.toSorted(), ['login', 'session']);
  for (const name of kept) {
    t.equal(statSync(join(state, 'cloudfront-cookie-gateway', name)).mode & 0o777, 0o600, name);
  }
});

t.test('200 MB there and back, over a network that is cut, by processes that are killed', async (t) => {
  const bytes = randomBytes(MB);
  writeFileSync(join(cwd, 'large.bin'), Buffer.concat(Array.from({ length: 200 }, () => bytes)));
  const large = sha256(join(cwd, 'large.bin'));
  const half = async (...args: string[]) => {
    const command = start(shell, ...args);
    await network.passed(50 * MB);
    network.cut(2);
    await network.passed(60 * MB);
    command.child.kill('SIGKILL');
    await command.ended;
    const before = network.bytes;
    const { code, err } = await run(shell, ...args);
    t.strictSame([code, err], [0, ''], args.join(' '));
    t.ok(network.bytes - before < 130 * MB, `${args[0]} goes on: ${network.bytes - before} bytes`);
  };
  await half('put', 'large.bin', '--to', 'big/');
  await half('get', 'big/large.bin', 'back.bin');
  t.equal(sha256(join(cwd, 'back.bin')), large);
  t.strictSame(
    readdirSync(cwd).filter((name) => name.includes('.part')),
    [],
  );
});
