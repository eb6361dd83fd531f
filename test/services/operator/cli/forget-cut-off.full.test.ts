import t from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import { signIn } from '../../../support/client.ts';
import { begin } from '../../../support/multipart.ts';
import { freePorts } from '../../../support/ports.ts';
import { startStoreProxy } from '../../../support/store-proxy.ts';
import { startForgetting } from './support/forget.ts';

t.test('cut off at each call of the table, it leaves nothing once it has run again', async (t) => {
  const [port = 0, behindPort = 0] = await freePorts(2);
  let left = Number.POSITIVE_INFINITY;
  await startStoreProxy(t, { port, behindPort }, () => left-- > 0);
  const env = { DYNAMODB_PORT: String(port) };
  const { stack, stores, forget, table } = await startForgetting(t, {
    env,
    behind: { dynamodb: behindPort },
  });
  let cuts = 0;
  for (let budget = 0; ; budget++) {
    const user = await signIn(stack, `user-${budget}`);
    await begin(user, 'film.mp4');
    const { sessions } = (await stores.users.read(parseUserId(user.id))).user;
    left = budget;
    const isForgotten = await forget(user.id, '--yes').then(
      () => true,
      () => false,
    );
    const isWhole = left > 0;
    left = Number.POSITIVE_INFINITY;
    if (!isForgotten) await forget(user.id, '--yes');
    const text = await table();
    t.equal(text.split(user.id).length - 1, 1, `after ${budget} calls: the record with the floor only`);
    t.notOk(text.includes(sessions[0]?.id ?? 'no session'), 'and no token');
    if (isWhole) break;
    cuts++;
  }
  t.ok(cuts >= 5, `cut off ${cuts} times`);
});
