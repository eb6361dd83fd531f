import t from 'tap';
import { KeyValueStoreError } from '../../../edge/local/key-value-store.ts';
import { revokeCommand } from '../../../services/cli/revoke.ts';
import { png, signIn } from '../../support/client.ts';
import { startTestStack, temporaryDirectory } from '../../support/test-stack.ts';

t.test('every session and share of a user ends, at the edge too, and nobody else’s', async (t) => {
  const stack = await startTestStack(t);
  const { ports } = stack.settings;
  const env = { DYNAMODB_PORT: String(ports.dynamodb), CLOUDFRONT_API_PORT: String(ports.cloudFrontApi) };
  const [first, second, other] = [
    await signIn(stack, 'alice'),
    await signIn(stack, 'alice'),
    await signIn(stack, 'bob'),
  ];
  const { url } = await first.upload({ name: 'a.png', type: 'image/png', bytes: png() });
  const theirs = await other.upload({ name: 'b.png', type: 'image/png', bytes: png() });
  const audited: object[] = [];
  const log = { info: (details: object) => audited.push(details) };
  const said = await revokeCommand([first.id], env, stack.directory, log);
  t.same(audited, [{ audit: true, event: 'revoked', userId: first.id }]);
  t.equal(said, `${first.id}: every session and every share is revoked, at the edge too`);
  for (const user of [first, second]) {
    const refused = await user.request(url);
    t.same([refused.status, await refused.json()], [403, { code: 'revoked' }]);
    t.equal((await user.request(`${stack.appOrigin}/auth/session`)).status, 401);
  }
  t.equal((await other.request(theirs.url)).status, 200);
  const again = await signIn(stack, 'alice');
  t.equal((await again.request(url)).status, 200, 'until they sign in again');
});

t.test('an edge that cannot be told is no success', async (t) => {
  const stack = await startTestStack(t);
  const { ports } = stack.settings;
  const env = { DYNAMODB_PORT: String(ports.dynamodb), CLOUDFRONT_API_PORT: String(ports.cloudFrontApi) };
  // Nor can the stack's own service tell it.
  stack.keyValueStore.update = () => {
    throw new KeyValueStoreError('ConflictException', 'Somebody else was faster.');
  };
  const said = await revokeCommand(['alice'], env, stack.directory, { info: () => {} });
  t.match(said, 'every session and every share is revoked, but the edge has not confirmed');
});

t.test('what is wrong is said', async (t) => {
  const nowhere = temporaryDirectory(t);
  const log = { info: () => t.fail('nothing was revoked') };
  for (const [args, env, message] of [
    [[], {}, /usage: revoke <user id>/],
    [['a', 'b'], {}, /usage/],
    [['a/b'], {}, /a user id is/],
    [['alice'], {}, /there is no local stack/],
    [['alice'], { TABLE_NAME: 'x' }, /set both TABLE_NAME and KEY_VALUE_STORE_ARN/],
  ] as const) {
    await t.rejects(revokeCommand([...args], env, nowhere, log), { message });
  }
});
