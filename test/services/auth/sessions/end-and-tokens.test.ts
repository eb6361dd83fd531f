import t from 'tap';
import { GatewayError } from '../../../../services/auth/domain/errors.ts';
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
  t.equal(await take(`${mixed.split('.')[0]}.${used.split('.')[1]}`), undefined);
  t.strictSame([await take(used), await take(used)], ['id-token', undefined]);
  wait(61);
  t.equal(await take(late), undefined);
  t.equal(await take(''), undefined);
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
