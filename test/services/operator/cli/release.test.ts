import t, { type Test } from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import { readRunning } from '../../../../services/local/running.ts';
import { releaseCommand } from '../../../../services/operator/cli/release.ts';
import { openSessionStores } from '../../../../services/operator/cli/stores.ts';
import { png, signIn } from '../../../support/client.ts';
import { freePorts } from '../../../support/ports.ts';
import { startStoreProxy } from '../../../support/store-proxy.ts';
import { startTestStack, temporaryDirectory } from '../../../support/test-stack.ts';
import { change } from '../../auth/support/seed-session.ts';

/** A stack in which another subject owns alice's id, as if the provider had given `sub` to another person. */
async function start(t: Test, options: Parameters<typeof startTestStack>[1] = {}) {
  const stack = await startTestStack(t, {
    ...options,
    env: { USER_ID_CLAIM: 'sub', ...options.env },
  });
  const env = readRunning(stack.directory);
  const audited: object[] = [];
  const { users } = openSessionStores(env, stack.directory);
  const userId = parseUserId('alice');
  return {
    ...{ stack, env, audited, userId },
    read: async () => (await users.read(userId)).user,
    own: (owner: string) => change(users, userId, (user) => ({ ...user, owner })),
    release: (...args: string[]) =>
      releaseCommand(args, env, stack.directory, { info: (details) => audited.push(details) }),
  };
}

t.test(
  "an id is released: its owner's sessions and shares end first, the files are handed over",
  async (t) => {
    const { stack, audited, read, own, release } = await start(t);
    const before = await signIn(stack, 'alice');
    t.equal(before.id, 'alice');
    const { url } = await before.upload({ name: 'a.png', type: 'image/png', bytes: png() });
    const { owner } = await read();
    await own('another-subject');
    await t.rejects(signIn(stack, 'alice'), /user_id_taken/);

    const files = `1 file with ${png().length} bytes`;
    t.equal(
      await release('alice'),
      `alice has 1 sessions, 0 shares and ${files}. The sessions and shares would end, and the next subject with this id would get the files.\nNothing is released: --yes does it.`,
    );
    t.strictSame([audited, (await before.request(url)).status], [[], 200]);

    t.match(
      await release('alice', '--yes'),
      `alice is released: the next subject that comes with it gets ${files}.`,
    );
    t.strictSame(audited, [
      { audit: true, event: 'released', userId: 'alice', files: 1, bytes: png().length },
    ]);
    t.equal((await before.request(url)).status, 403, 'at the edge');
    t.equal((await before.request(`${stack.appOrigin}/auth/session`)).status, 401);
    const { name, email, owner: none } = await read();
    t.strictSame([name, email, none], [undefined, undefined, undefined]);

    const after = await signIn(stack, 'alice');
    t.equal((await after.request(url)).status, 200, 'the next one has the files');
    t.equal((await read()).owner, owner);
  },
);

t.test('nothing is released if a session could open the files', async (t) => {
  const { stack, env, audited, read, release } = await start(t);
  const alice = await signIn(stack, 'alice');
  const { owner } = await read();
  const log = { info: (details: object) => audited.push(details) };
  const noEdge = { ...env, CLOUDFRONT_API_PORT: '1' };
  await t.rejects(releaseCommand(['alice', '--yes'], noEdge, stack.directory, log), {
    name: 'UsageError',
    message: 'the edge has not confirmed that the sessions have ended: nothing is released; run it again',
  });
  t.strictSame([audited, (await read()).owner], [[], owner]);
  t.equal(
    (await alice.request(`${stack.appOrigin}/auth/session`)).status,
    401,
    'finished steps stay finished',
  );
  t.match(
    await release('alice', '--yes'),
    'alice is released: the next subject that comes with it gets 0 files',
  );
  await t.rejects(release('alice', '--yes'), {
    name: 'UsageError',
    message: 'alice has no owner: the first subject that comes with it gets it',
  });
});

t.test('nothing is released if the owner has signed in again meanwhile', async (t) => {
  const [port = 0, behindPort = 0] = await freePorts(2);
  const env = { CLOUDFRONT_API_PORT: String(port) };
  const { stack, audited, read, release } = await start(t, { env, behind: { cloudFrontApi: behindPort } });
  let whenTold = async () => {};
  await startStoreProxy(t, { port, behindPort }, async ({ method }) => {
    if (method === 'POST') await whenTold();
    return true;
  });
  await signIn(stack, 'alice');
  const { owner } = await read();
  whenTold = async () => {
    whenTold = async () => {};
    await signIn(stack, 'alice');
  };
  await t.rejects(release('alice', '--yes'), {
    name: 'UsageError',
    message:
      'its owner has signed in again meanwhile, and nothing is released: disable the account at the provider, then run it again',
  });
  t.strictSame([audited, (await read()).owner], [[], owner]);
});

t.test('wrong arguments are named', async (t) => {
  const log = { info: () => t.fail('nothing was released') };
  for (const [args, message] of [
    [[], /usage: release <user id> \[--yes\]/],
    [['a', 'b'], /usage/],
    [['a/b'], /a user id is/],
    [['alice'], /there is no local stack/],
  ] as const) {
    await t.rejects(releaseCommand([...args], {}, temporaryDirectory(t), log), {
      name: 'UsageError',
      message,
    });
  }
});
