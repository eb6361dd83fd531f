import t from 'tap';
import { createTokenMac } from '../../../../services/auth/adapters/sealer.ts';
import { issueToken } from '../../../../services/auth/domain/secret-token.ts';
import { ALICE, createInstances } from '../support/instances.ts';
import { TEST_MAC } from '../support/seed-session.ts';

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
