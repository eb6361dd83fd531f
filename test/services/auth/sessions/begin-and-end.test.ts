import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { changeRecord } from '../../../../services/auth/sessions/change-record.ts';
import { MAX_SESSIONS } from '../../../../services/auth/sessions/session.ts';
import { ALICE, before, createInstances } from '../support/instances.ts';
import { withHundredEnded } from '../support/seed-session.ts';

t.test('a login that a logout-all overtakes', async (t) => {
  const { memory, first, instance, signIn } = createInstances();
  const raced = instance();
  before(raced.stores.users, 'write', () => first.sessions.endAll(ALICE));
  await t.rejects(signIn({}, raced), { code: 'login_expired' });
  t.strictSame(memory.record(ALICE).user.sessions, []);
  t.ok((await signIn({}, raced)).token, 'the next one');
});

t.test('sixty logins in a minute have sixty starts; in an hour there is a limit', async (t) => {
  const { memory, signIn, nowEpoch } = createInstances();
  const starts = new Set<number>();
  for (let i = 0; i < 60; i++) starts.add((await signIn()).current.session.start);
  t.equal(starts.size, 60);
  const { user, version } = memory.record(ALICE);
  await memory.users.write(ALICE, version, { ...user, lastStart: nowEpoch() - 30 });
  await t.rejects(signIn(), { code: 'too_many_logins' });
});

t.test('an id from a claim belongs to the first subject that brought it', async (t) => {
  const { signIn, logout, find } = createInstances({ userIdClaim: 'id' });
  const owner = await signIn({ sub: 'owner' });
  await t.rejects(signIn({ sub: 'other' }), { code: 'user_id_taken' });
  // The refused person signs out at the provider. This must not affect the owner.
  await logout({ subject: 'other' });
  t.ok(await find(owner.token));
  t.ok((await signIn({ sub: 'owner' })).token);
  await logout({ subject: 'owner' });
  await t.rejects(signIn({ sub: 'other' }), { code: 'user_id_taken' }, 'the owner has signed out');
});

t.test('a pointer names a hundred users, and the next user cannot begin', async (t) => {
  const { signIn } = createInstances();
  for (let i = 0; i < 100; i++) await signIn({ userId: parseUserId(`u${i}`), sid: 'shared' });
  await t.rejects(signIn({ sid: 'shared' }), { code: 'too_many_logins' });
  t.ok((await signIn({ sid: 'own' })).token);
});

t.test('one subject with a thousand sids and a sign-in a second: the record stays bounded', async (t) => {
  const { memory, signIn, wait } = createInstances({ userIdClaim: 'id' });
  let largest = 0;
  for (let i = 0; i < 1_000; i++) {
    await signIn({ sid: `sid-${i}` });
    wait(1);
    if (i % 10 === 0) largest = Math.max(largest, JSON.stringify(memory.record(ALICE)).length);
  }
  t.ok(largest < 150_000, `${largest} bytes`);
  t.equal(memory.record(ALICE).user.sessions.length, MAX_SESSIONS);
});

t.test('with an id from a claim the provider can still end all sessions of a subject', async (t) => {
  const { signIn, logout, find } = createInstances({ userIdClaim: 'id' });
  // The value of the claim changes: from then on the subject has a second folder.
  const [one, two] = [await signIn(), await signIn({ userId: parseUserId('second') })];
  t.strictSame(await logout({ subject: 'alice' }), ['alice', 'second']);
  for (const { token } of [one, two]) t.equal(await find(token), undefined, token);
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
    new Set((await memory.due.list('logout', 5)).map(({ key }) => key.split('#')[0])),
    new Set(['sid', 'sub-without-sid']),
  );
  t.match(await first.schedule.run(15_000), { providerLogouts: 2, failures: 0 });
  t.strictSame(await live(), [false, false, true, true], 'not another sid, and not a later sign-in');
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
    t.equal((await memory.due.list('logout', 5)).length, 1);
    t.match(await first.schedule.run(15_000), { providerLogouts: 1, failures: 0 });
    t.strictSame(await live(), [false, false, false]);
    t.equal((await memory.due.list('logout', 5)).length, 0);
  },
);

/** A session whose last use was half an hour ago, and a process that renews it. */
async function start() {
  const { memory, instance, signIn, find, wait, clock, nowEpoch } = createInstances();
  const { token } = await signIn();
  wait(1_800);
  const renewing = instance();
  return {
    nowEpoch,
    overtake: () => changeRecord({ ...memory, clock }, ALICE, withHundredEnded),
    sessionOf: () => memory.record(ALICE).user.sessions[0],
    async renew(isBackground = false) {
      const current = await find(token);
      if (!current) throw new GatewayError('no_session');
      return renewing.sessions.renew(current, isBackground);
    },
  };
}

t.test('a background renewal does not extend the idle lifetime; another renewal does', async (t) => {
  const { renew, sessionOf, nowEpoch } = await start();
  const before = sessionOf()?.lastUsedAtEpoch;
  await renew(true);
  t.equal(sessionOf()?.lastUsedAtEpoch, before);
  await renew();
  t.equal(sessionOf()?.lastUsedAtEpoch, nowEpoch());
});

t.test('twenty tabs renew at once: one start, no lost update', async (t) => {
  const { renew, sessionOf, overtake, nowEpoch } = await start();
  const beganAtEpoch = nowEpoch();
  await overtake();
  const old = sessionOf()?.start ?? 0;
  const renewed = await Promise.all(Array.from({ length: 20 }, () => renew()));
  const starts = new Set(renewed.map(({ session }) => session.start));
  t.strictSame(starts, new Set([sessionOf()?.start]), 'the floor overtook it, and its start is new');
  t.ok((sessionOf()?.start ?? 0) > old + 100);
  const usedAtEpoch = sessionOf()?.lastUsedAtEpoch ?? 0;
  t.ok(usedAtEpoch >= beganAtEpoch && usedAtEpoch <= nowEpoch());
  t.equal((await renew()).session.start, sessionOf()?.start, 'it keeps this start');
});
