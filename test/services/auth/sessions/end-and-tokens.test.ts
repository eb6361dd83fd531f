import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { ALICE, createInstances } from '../support/instances.ts';

t.test("if the store's answer about an end is lost, the session has still ended", async (t) => {
  const { instance, signIn } = createInstances();
  const { current } = await signIn();
  const raced = instance();
  const { write } = raced.stores.users;
  raced.stores.users.write = async (...given) => {
    raced.stores.users.write = write;
    await write(...given);
    return false;
  };
  t.ok(await raced.sessions.endById(ALICE, current.session.id), 'the answer is not "no such session"');
  t.equal(await raced.sessions.endById(ALICE, current.session.id), undefined);
});

t.test('the ticket of a sign-out is good for a minute, once, and for no other session', async (t) => {
  const { first, signIn, wait } = createInstances();
  const leave = async () => {
    const { current } = await signIn();
    return (await (await first.sessions.end(current)).ticket) ?? '';
  };
  const [used, late, mixed] = [await leave(), await leave(), await leave()];
  const take = (ticket: string) => first.sessions.takeTicket(ticket);
  await t.rejects(take(`${mixed.split('.')[0]}.${used.split('.')[1]}`), { code: 'bad_request' });
  t.strictSame([await take(used), await take(used)], ['id-token', undefined]);
  wait(61);
  t.equal(await take(late), undefined);
});

t.test('the tokens of all sessions go with them', async (t) => {
  const { memory, first, signIn } = createInstances();
  const [own, other] = [await signIn(), await signIn()];
  const ended = await first.sessions.endAll(ALICE, own.current);
  await ended.edge;
  t.ok(await ended.ticket, 'the tokens of the session that asks are in its ticket');
  const isThere = (id: string) => memory.tokens.turnIntoTicket(id, 'x', 0);
  t.equal(await isThere(other.current.session.id), false);
  const third = await signIn();
  await (await first.sessions.endById(ALICE, third.current.session.id))?.edge;
  t.equal(await isThere(third.current.session.id), false);
});

t.test('a write that fails while a session ends is reported, and nothing has ended', async (t) => {
  const { memory, instance, signIn, find } = createInstances();
  const { token, current } = await signIn();
  const failing = instance();
  failing.stores.users.write = async () => {
    throw new GatewayError('store_unavailable');
  };
  await t.rejects(failing.sessions.end(current), { code: 'store_unavailable' });
  await t.rejects(failing.sessions.endAll(ALICE, current), { code: 'store_unavailable' });
  t.ok(await find(token));
  t.equal(memory.record(ALICE).user.changes, 0);
});

t.test('sign-ins that meet leave the tokens of their sessions, and no others', async (t) => {
  const { memory, instance, signIn } = createInstances();
  const stored = new Set<string>();
  const { put } = memory.tokens;
  memory.tokens.put = async (id, ...more) => {
    stored.add(id);
    await put(id, ...more);
  };
  const begun = await Promise.all(Array.from({ length: 6 }, () => signIn({}, instance())));
  t.ok(stored.size > 6, `${stored.size} attempts`);
  const isThere = async (id: string) => (await memory.tokens.read(id)) !== undefined;
  const own = new Set(begun.map(({ current }) => current.session.id));
  for (const id of stored) t.equal(await isThere(id), own.has(id), id);
});

t.test('a sign-in that fails leaves no tokens, even while they are still being stored', async (t) => {
  const { memory, instance, signIn } = createInstances();
  for (const how of ['refused', 'the write fails', 'the tokens come late'] as const) {
    const failing = instance();
    const stored: string[] = [];
    const isStored = Promise.withResolvers<void>();
    const { put } = failing.stores.tokens;
    const arrived = Promise.withResolvers<void>();
    failing.stores.tokens.put = async (id, ...more) => {
      stored.push(id);
      if (how === 'the tokens come late') await isStored.promise;
      await put(id, ...more);
      arrived.resolve();
    };
    failing.stores.users.write = async () => {
      throw new GatewayError('store_unavailable');
    };
    if (how !== 'the write fails') {
      failing.stores.pointers.join = async () => {
        setImmediate(isStored.resolve);
        return how === 'refused' ? 'ended' : Promise.reject(new GatewayError('store_unavailable'));
      };
    }
    const code = how === 'refused' ? 'login_expired' : 'store_unavailable';
    await t.rejects(signIn({ sid: 's' }, failing), { code }, how);
    await arrived.promise;
    t.equal(stored.length, 1);
    for (const id of stored) t.equal(await memory.tokens.read(id), undefined, how);
  }
});

t.test('a sign-in whose answer was lost keeps its tokens', async (t) => {
  const { memory, instance, signIn } = createInstances();
  const raced = instance();
  const { write } = raced.stores.users;
  raced.stores.users.write = async (...given) => {
    raced.stores.users.write = write;
    await write(...given);
    return false;
  };
  const { current } = await signIn({}, raced);
  t.ok(await memory.tokens.read(current.session.id));
});
