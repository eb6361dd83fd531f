import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { createTokenMac } from '../../../../services/auth/adapters/sealer.ts';
import { issueToken } from '../../../../services/auth/domain/secret-token.ts';
import { openTokens } from '../../../../services/auth/sessions/provider-tokens.ts';
import { liveSessions } from '../../../../services/auth/sessions/sessions.ts';
import { ALICE, before, createInstances } from '../support/instances.ts';
import { TEST_MAC, withHundredEnded } from '../support/seed-session.ts';

t.test('a start that is given while a logout is under way is revoked', async (t) => {
  const { memory, instance, signIn, find } = createInstances();
  const { token } = await signIn();
  const { user, version } = memory.record(ALICE);
  await memory.users.write(ALICE, version, withHundredEnded(user));
  const [leaving, other] = [instance(), instance()];
  const current = await find(token);
  if (!current) throw new Error('no session');
  let given = 0;
  before(leaving.stores.users, 'write', async () => {
    given = (await other.sessions.renew(current, true)).session.start;
  });
  await (await leaving.sessions.end(current)).edge;
  t.ok(given > current.session.start, 'there was a new start');
  t.ok(memory.entry(ALICE)?.includes(`,${given},`), 'the edge refuses it');
  t.equal(await find(token), undefined);
});

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
  wait(60);
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

/** Sessions of one process, and how often it has called a store. */
function startCounting() {
  const { first, instance, signIn, find } = createInstances();
  let calls = 0;
  for (const store of Object.values(first.stores)) {
    for (const [name, method] of Object.entries(store)) {
      const counting = (...given: unknown[]) => {
        calls++;
        return Reflect.apply(method, undefined, given);
      };
      Object.assign(store, { [name]: counting });
    }
  }
  const callsOf = async (asking: () => Promise<unknown>) => {
    const before = calls;
    await asking();
    return calls - before;
  };
  return { sessions: first.sessions, other: instance(), signIn, find, callsOf };
}

const otherMac = createTokenMac([Buffer.alloc(32, 'another')]);

t.test('a session that was never issued is no session, and costs no call of a store', async (t) => {
  const { sessions, signIn, callsOf } = startCounting();
  const { token } = await signIn();
  const [, secret = ''] = token.split('.');
  const other = issueToken(TEST_MAC, 'session', ALICE).token.split('.')[1] ?? '';
  const find = (userId: typeof ALICE, madeUp: string) => sessions.find({ userId, secret: madeUp });
  for (const [what, madeUp] of [
    ['a random part alone', secret.slice(0, 21)],
    ['made up', 'A'.repeat(43)],
    ['the MAC of another random part', secret.slice(0, 21) + other.slice(21)],
    ['one character more', `${secret}A`],
    ['another key', issueToken(otherMac, 'session', ALICE).token.split('.')[1] ?? ''],
    ['a ticket', issueToken(TEST_MAC, 'ticket', ALICE).token.split('.')[1] ?? ''],
    ['the MAC of another user', issueToken(TEST_MAC, 'session', 'bob').token.split('.')[1] ?? ''],
  ] as const) {
    let found: unknown;
    t.equal(await callsOf(async () => (found = await find(ALICE, madeUp))), 0, what);
    t.equal(found, undefined, what);
  }
  t.equal(await callsOf(() => find(ALICE, other)), 1, 'one that was issued, and is over, is looked up');
  t.ok(await find(ALICE, secret));
});

t.test('a ticket that was never issued is refused, and costs no call of a store', async (t) => {
  const { sessions, other, signIn, callsOf } = startCounting();
  const { current } = await signIn();
  // Another process tells the edge of it, whose calls do not count.
  const ended = await other.sessions.end(current);
  const [ticket = ''] = await Promise.all([ended.ticket, ended.edge]);
  const { id } = current.session;
  for (const [what, madeUp] of [
    ['nothing', ''],
    ['3,000 characters', 'A'.repeat(3_000)],
    ['by its form', `${id}.${'A'.repeat(43)}`],
    ['a session', issueToken(TEST_MAC, 'session', id).token],
    ['another key', issueToken(otherMac, 'ticket', id).token],
  ] as const) {
    const asking = () => t.rejects(sessions.takeTicket(madeUp), { code: 'bad_request' }, what);
    t.equal(await callsOf(asking), 0, what);
  }
  t.equal(await sessions.takeTicket(ticket), 'id-token');
});

t.test('sessions end, and the edge is told, although their tokens cannot be dropped', async (t) => {
  const { memory, first, signIn } = createInstances();
  first.stores.tokens.delete = () => Promise.reject(new GatewayError('store_unavailable'));
  const [one, two] = [await signIn(), await signIn()];
  const ended = await first.sessions.endById(ALICE, one.current.session.id);
  t.equal(await ended?.edge, 'told');
  const all = await first.sessions.endAll(ALICE);
  t.equal(await all.edge, 'told');
  t.equal(memory.record(ALICE).user.sessions.length, 0, two.token);
});

t.test('a list of sessions has the live ones, the newest first', async (t) => {
  const { first, signIn, wait, nowEpoch } = createInstances();
  for (let each = 0; each < 3; each++) await signIn();
  const { sessions } = (await first.stores.users.read(ALICE)).user;
  const [old = 0, middle, newest] = sessions.map(({ start }) => start);
  const starts = () => liveSessions(sessions, nowEpoch()).map(({ start }) => start);
  t.strictSame(starts(), [newest, middle, old]);
  for (const session of sessions) if (session.start > old) session.expiresAtEpoch = nowEpoch() + 1;
  wait(1);
  t.strictSame(starts(), [old]);
});

t.test('sealed tokens are tokens only if an ID token is among them', async (t) => {
  for (const [content, opened] of [
    [undefined, undefined],
    [null, undefined],
    ['text', undefined],
    [{ refreshToken: 'r' }, undefined],
    [{ idToken: 5 }, undefined],
    [{ idToken: 'i', refreshToken: 5 }, { idToken: 'i' }],
    [{ idToken: 'i' }, { idToken: 'i' }],
    [
      { idToken: 'i', refreshToken: 'r' },
      { idToken: 'i', refreshToken: 'r' },
    ],
  ]) {
    const sealer = { seal: async () => '', open: async () => content };
    t.strictSame(await openTokens({ sealer }, 'sealed'), opened, JSON.stringify(content));
    t.equal(await openTokens({ sealer }, undefined), undefined, JSON.stringify(content));
  }
});
