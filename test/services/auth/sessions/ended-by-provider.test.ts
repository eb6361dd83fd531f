import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { deriveUserId, parseUserId } from '../../../../core/user-id.ts';
import { type Pointer, sidPointer } from '../../../../services/auth/domain/pointer.ts';
import { ALICE, createInstances, ISSUER } from '../support/instances.ts';
import { createRevoking, numbered } from '../support/revoking.ts';

t.test('with an id from a claim the provider can still end all sessions of a subject', async (t) => {
  const { signIn, logout, find } = createInstances({ userIdClaim: 'id' });
  // The value of the claim changes: from then on the subject has a second folder.
  const [one, two] = [await signIn(), await signIn({ userId: parseUserId('second') })];
  t.strictSame(await logout({ subject: 'alice' }), ['alice', 'second']);
  for (const { token } of [one, two]) t.equal(await find(token), undefined, token);
});

t.test('a logout that comes late does not take back a later one', async (t) => {
  const { memory, nowEpoch, logout } = createInstances();
  for (const issuedAtEpoch of [nowEpoch(), nowEpoch() - 100]) {
    t.strictSame(await logout({ subject: 'alice', issuedAtEpoch }), [], 'no session is there');
    const { user } = memory.record(deriveUserId(ISSUER, 'alice'));
    t.equal(user.loggedOutAtEpoch, nowEpoch(), `${issuedAtEpoch - nowEpoch()}`);
  }
});

t.test('a logout of a subject that cannot sign in ends and writes nothing', async (t) => {
  const { memory, signIn, logout } = createInstances();
  await signIn();
  for (const subject of ['', 'x'.repeat(256), 'ali\u00e7e']) {
    t.strictSame(await logout({ subject }), [], subject);
    if (subject === '') continue;
    t.equal(memory.record(deriveUserId(ISSUER, subject)).version, 0, subject);
  }
});

t.test(
  'a logout of a subject and a sid ends sessions that came without a sid, and no other sid',
  async (t) => {
    for (const options of [{}, { userIdClaim: 'id' }]) {
      const { signIn, logout, find } = createInstances(options);
      const begun = [
        await signIn(),
        await signIn({ sid: 'a' }),
        await signIn({ sid: 'b' }),
        await signIn({ userId: parseUserId('x'), sub: 'x' }),
      ];
      t.strictSame(await logout({ subject: 'alice', sid: 'a' }), [ALICE], JSON.stringify(options));
      const live = await Promise.all(begun.map(async ({ token }) => (await find(token)) !== undefined));
      t.strictSame(live, [false, false, true, true], JSON.stringify(options));
    }
  },
);

t.test('a logout that is cut off after its marks ends the sessions without a sid later', async (t) => {
  const { memory, first, instance, signIn, find, logout, wait } = createInstances();
  const without = await signIn();
  const named = [await signIn({ sid: 'a' }), await signIn({ sid: 'b' })];
  const failing = instance();
  failing.stores.users.write = async () => {
    throw new GatewayError('store_unavailable');
  };
  await t.rejects(logout({ subject: 'alice', sid: 'a' }, failing), { code: 'store_unavailable' });
  wait(2);
  const begun = [without, ...named, await signIn()];
  const live = () => Promise.all(begun.map(async ({ token }) => (await find(token)) !== undefined));
  t.strictSame(await live(), [true, true, true, true]);
  t.strictSame(
    new Set((await memory.pointers.due(5)).map(({ kind }) => kind)),
    new Set(['sid', 'sub-without-sid']),
  );
  t.match(await first.schedule.run(15_000), { providerLogouts: 2, failures: 0 });
  t.strictSame(await live(), [false, false, true, true], 'not another sid, and not a later sign-in');
});

t.test('150 logouts that fail, the longest due, do not take the place of the next one', async (t) => {
  const { memory, schedule, teller, failures, nowEpoch, until } = createRevoking(({ pointers }) => ({
    pointers: {
      ...pointers,
      readDue: async (pointer) => {
        if (pointer.hash.startsWith('bad')) throw new GatewayError('store_unavailable');
        return pointers.readDue(pointer);
      },
    },
  }));
  const mark = (hash: string, agoSeconds: number) =>
    memory.pointers.mark({ kind: 'sid', hash }, { issuedAtEpoch: nowEpoch() }, nowEpoch() - agoSeconds);
  for (const hash of numbered('bad', 150)) await mark(hash, 60);
  await mark('good', 0);
  t.match(await until(schedule.run(15_000)), { providerLogouts: 1, failures: 150 });
  t.match(teller.setAside.counts(), { logout: 150 });
  t.strictSame(failures[0], { step: 'logout', logout: 'sid#bad-0' });
  t.equal(schedule.state().isWell, false);
  const isBad = ({ hash }: Pointer) => hash.startsWith('bad');
  t.equal((await memory.pointers.due(200)).filter(isBad).length, 150, 'they stay due');
});

t.test('a logout that fails, and that no memory is left to set aside, is tried once in a run', async (t) => {
  let tries = 0;
  const { memory, schedule, teller, nowEpoch, until } = createRevoking(({ pointers }) => ({
    pointers: {
      ...pointers,
      readDue: async () => {
        tries++;
        throw new GatewayError('store_unavailable');
      },
    },
  }));
  for (const name of numbered('other', 10_000)) teller.setAside.put(name, 'read', undefined);
  await memory.pointers.mark({ kind: 'sid', hash: 'bad' }, { issuedAtEpoch: nowEpoch() }, nowEpoch());
  t.match(await until(schedule.run(15_000)), { providerLogouts: 0, failures: 1 });
  t.equal(tries, 1);
});

t.test(
  'one record of several that fails: the others end, the answer is an error, the rest stays due',
  async (t) => {
    const { memory, first, instance, signIn, find, logout } = createInstances({ userIdClaim: 'id' });
    const names = ['one', 'two', 'three'].map(parseUserId);
    const tokens: string[] = [];
    for (const userId of names) tokens.push((await signIn({ userId, sid: 's' })).token);
    const failing = instance();
    const { write } = failing.stores.users;
    failing.stores.users.write = async (userId, version, user) => {
      if (userId === 'two') throw new GatewayError('store_unavailable');
      return write(userId, version, user);
    };
    await t.rejects(logout({ sid: 's' }, failing), { code: 'store_unavailable' });
    const live = async () => (await Promise.all(tokens.map(find))).map((session) => session !== undefined);
    t.strictSame(await live(), [false, true, false]);
    t.ok(memory.entry(parseUserId('one')) && memory.entry(parseUserId('three')), 'the edge knows');
    t.strictSame(await memory.pointers.due(5), [sidPointer(ISSUER, 's')]);
    t.match(await first.schedule.run(15_000), { providerLogouts: 1, failures: 0 });
    t.strictSame(await live(), [false, false, false]);
    t.strictSame(await memory.pointers.due(5), []);
  },
);
