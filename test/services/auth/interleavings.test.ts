import t from 'tap';
import { GatewayError } from '../../../core/errors.ts';
import { deriveUserId } from '../../../core/user-id.ts';
import { changeRecord } from '../../../services/auth/sessions/change-record.ts';
import { withoutSessions } from '../../../services/auth/sessions/live.ts';
import { MAX_SESSIONS, parseSessionToken } from '../../../services/auth/sessions/session.ts';
import { withShare } from '../../../services/auth/shares/share.ts';
import { ALICE, before, createInstances, ISSUER } from './support/instances.ts';

t.test('two logins at once: the second one starts over', async (t) => {
  const { memory, instance, signIn } = createInstances();
  const [one, two] = [instance(), instance()];
  before(one.stores.users, 'write', () => signIn({}, two));
  await signIn({}, one);
  const { sessions, lastStart } = memory.record(ALICE).user;
  t.equal(sessions.length, 2);
  t.equal(new Set(sessions.map(({ start }) => start)).size, 2);
  t.equal(Math.max(...sessions.map(({ start }) => start)), lastStart);
});

t.test("a logout by the provider meets a login, at each of the login's steps", async (t) => {
  const steps = ['read', 'join', 'write', 'after'] as const;
  const kinds = [
    { kind: 'sid', login: { sid: 's' }, token: { sid: 's' } },
    { kind: 'subject', login: { sid: 's' }, token: { subject: 'alice' } },
    {
      kind: 'subject, and a sid that the login does not know',
      login: {},
      token: { subject: 'alice', sid: 's' },
    },
  ];
  for (const { kind, login, token: names } of kinds) {
    for (const step of steps) {
      const { instance, signIn, logout, find, nowEpoch } = createInstances({ userIdClaim: 'id' });
      const [one, two] = [instance(), instance()];
      const iat = nowEpoch();
      const end = () => logout({ issuedAtEpoch: iat, ...names }, two);
      if (step === 'read' || step === 'write') before(one.stores.users, step, end);
      if (step === 'join') before(one.stores.pointers, step, end);
      const signing = signIn({ ...login, iat }, one);
      if (step === 'after') {
        const { token } = await signing;
        t.ok(await find(token), step);
        await end();
        t.equal(await find(token), undefined, step);
      } else {
        await t.rejects(signing, { code: 'login_expired' }, `${kind}, before ${step}`);
      }
      await t.rejects(signIn({ ...login, iat }, one), { code: 'login_expired' }, 'once more');
    }
  }
});

t.test('after a logout of the subject, an ID token of the same second signs nobody in', async (t) => {
  const { signIn, logout, nowEpoch } = createInstances();
  const [userId, iat] = [deriveUserId(ISSUER, 'alice'), nowEpoch()];
  await logout({ subject: 'alice', issuedAtEpoch: iat });
  await logout({ subject: 'alice', issuedAtEpoch: iat - 60 });
  for (const early of [iat - 1, iat]) {
    await t.rejects(signIn({ userId, iat: early }), { code: 'login_expired' }, `an older logout came late`);
  }
  t.ok((await signIn({ userId, iat: iat + 1 })).token);
});

t.test('an eviction meets a renewal that writes its use: the session stays ended', async (t) => {
  const { memory, instance, signIn, find, wait } = createInstances();
  const { token } = await signIn();
  wait(600);
  const renewing = instance();
  const current = await find(token);
  before(renewing.stores.users, 'write', async () => {
    for (let i = 0; i < MAX_SESSIONS; i++) await signIn();
  });
  if (!current) throw new Error('no session');
  await t.rejects(renewing.sessions.renew(current, false), { code: 'no_session' });
  const { sessions, revokedStarts } = memory.record(ALICE).user;
  t.equal(sessions.length, MAX_SESSIONS);
  t.strictSame(
    revokedStarts.map(({ number }) => number),
    [current.session.start],
  );
  t.equal(await find(token), undefined);
});

t.test(
  'an eviction meets a renewal that is frozen before it signs: the edge refuses its cookies until they end',
  async (t) => {
    const { memory, first, signIn, find, wait, nowEpoch } = createInstances();
    const { token } = await signIn();
    const frozen = await find(token);
    for (let i = 0; i < MAX_SESSIONS; i++) await (await signIn()).told;
    const { start = 0 } = frozen?.session ?? {};
    const entry = `0,${start},|0,`;
    t.equal(memory.entry(ALICE), entry);
    // The latest end that it can sign.
    const endsAtEpoch = (frozen?.readAtEpoch ?? 0) + 900;
    wait(endsAtEpoch - nowEpoch());
    await first.schedule.run(1_000);
    t.equal(memory.entry(ALICE), entry, 'even if clocks are five minutes late');
  },
);

t.test(
  'a logout that is frozen before it writes: cookies signed meanwhile are refused as well',
  async (t) => {
    for (const does of ['sign out', 'by id', 'eviction'] as const) {
      const { memory, first, instance, signIn, find, wait, nowEpoch } = createInstances();
      const { token, current } = await signIn();
      if (does === 'eviction') for (let i = 1; i < MAX_SESSIONS; i++) await signIn();
      const frozen = instance();
      let endsAtEpoch = 0;
      before(frozen.stores.users, 'write', async () => {
        wait(1_500);
        // Another process renews and signs cookies that live for fifteen minutes from now.
        endsAtEpoch = ((await find(token))?.readAtEpoch ?? 0) + 900;
      });
      if (does === 'eviction') await (await signIn({}, frozen)).told;
      else if (does === 'by id') await (await frozen.sessions.endById(ALICE, current.session.id))?.edge;
      else await (await frozen.sessions.end(current)).edge;
      t.equal(await find(token), undefined, does);
      wait(endsAtEpoch - 1 - nowEpoch());
      await first.schedule.run(1_000);
      t.equal(memory.entry(ALICE), `0,${current.session.start},|0,`, does);
    }
  },
);

t.test(
  'a logout that is frozen before it writes, and whose next write fails: its end counts from when it was told',
  async (t) => {
    const { memory, first, instance, signIn, find, wait, nowEpoch } = createInstances();
    const { token, current } = await signIn();
    const frozen = instance();
    let endsAtEpoch = 0;
    before(frozen.stores.users, 'write', async () => {
      wait(600);
      endsAtEpoch = ((await find(token))?.readAtEpoch ?? 0) + 900;
      before(frozen.stores.users, 'write', async () => {
        throw new GatewayError('store_unavailable');
      });
    });
    await frozen.sessions.end(current).then(
      ({ edge }) => edge,
      () => undefined,
    );
    t.equal(await find(token), undefined);
    await first.schedule.run(1_000);
    wait(endsAtEpoch - 1 - nowEpoch());
    await first.schedule.run(1_000);
    t.equal(memory.entry(ALICE), `0,${current.session.start},|0,`);
  },
);

t.test(
  'a write to the edge that is frozen for longer than its entry lives, and a change meanwhile: the entry goes',
  async (t) => {
    const { memory, first, instance, signIn, wait, clock, nowEpoch } = createInstances();
    const { current } = await signIn();
    const leaving = instance();
    before(leaving.stores.edge, 'write', async () => {
      wait(1_300);
      const share = { name: 'a.png', expiresAtEpoch: nowEpoch() + 60 };
      await changeRecord({ ...memory, clock }, ALICE, (user) => withShare(user, share, nowEpoch()));
    });
    await (await leaving.sessions.end(current)).edge;
    t.equal(memory.entry(ALICE), `0,${current.session.start},|0,`);
    // The answer did not wait for the writer, which still has to note what it told.
    await first.schedule.run(10_000);
    wait(1_400);
    await first.schedule.run(1_000);
    t.equal(memory.entry(ALICE), undefined);
  },
);

t.test('a writer whose clock is two minutes behind brings nothing back for ever', async (t) => {
  for (const afterSeconds of [1_265, 1_415]) {
    const { memory, first, instance, signIn, wait } = createInstances();
    for (let i = 0; i < 2; i++) {
      const { current } = await signIn();
      await (await first.sessions.end(current)).edge;
      wait(60);
    }
    t.equal(memory.entry(ALICE)?.split(',').length, 5, 'two starts, which end a minute apart');
    wait(afterSeconds - 120);
    const [ahead, behind] = [instance(60), instance(-60)];
    // Before the one notes what it has removed, the other one writes.
    before(ahead.stores.users, 'write', () => behind.schedule.run(1_000));
    await ahead.schedule.run(1_000);
    wait(600);
    await first.schedule.run(1_000);
    t.equal(memory.entry(ALICE), undefined, `${afterSeconds}`);
  }
});

t.test('a writer that is frozen before it reads the record: the end counts from its note', async (t) => {
  const { memory, first, instance, signIn, wait, clock, nowEpoch } = createInstances();
  const end = ({ id }: { id: string }) =>
    changeRecord({ ...memory, clock }, ALICE, (user) =>
      withoutSessions(user, (session) => session.id === id, nowEpoch()),
    );
  const { current } = await signIn();
  await end(current.session);
  const frozen = instance();
  let [start, endsAtEpoch] = [0, 0];
  before(frozen.stores.users, 'read', async () => {
    wait(600);
    const meanwhile = await signIn();
    endsAtEpoch = nowEpoch() + 900;
    start = meanwhile.current.session.start;
    await end(meanwhile.current.session);
  });
  await frozen.schedule.run(1_000);
  wait(endsAtEpoch - 1 - nowEpoch());
  await first.schedule.run(1_000);
  t.ok(memory.entry(ALICE)?.includes(`,${start},`));
});

t.test('a start stays superseded while the edge holds the floor over it, whatever the time', async (t) => {
  const { memory, first, signIn, wait, find, nowEpoch } = createInstances();
  const { token, current } = await signIn();
  const { user, version } = memory.record(ALICE);
  const { start } = current.session;
  const superseded = { through: start, untilEpoch: nowEpoch() + 600 };
  await memory.users.write(ALICE, version, { ...user, superseded, entryExpiresEpoch: nowEpoch() + 600 });
  const { version: store } = await memory.edge.describe();
  await memory.edge.write(store, [{ key: ALICE, entry: `${start},|0,` }]);
  wait(600);
  const renewing = await find(token);
  if (!renewing) throw new Error('no session');
  const renewed = await first.sessions.renew(renewing, true);
  t.ok(renewed.session.start > start);
  const { lastUsedAtEpoch } = memory.record(ALICE).user.sessions[0] ?? {};
  t.equal(lastUsedAtEpoch, current.session.lastUsedAtEpoch, 'in the background, although it was written');
});

t.test('after a conflict at the edge, the entry is written again before it counts as told', async (t) => {
  const { memory, instance, signIn } = createInstances();
  const { current } = await signIn();
  const leaving = instance();
  before(leaving.stores.edge, 'write', async () => {
    const { version } = await memory.edge.describe();
    await memory.edge.write(version, [{ key: 'bob', entry: '0,1,|0,' }]);
  });
  t.equal(await (await leaving.sessions.end(current)).edge, 'told');
  t.equal(memory.entry(ALICE), `0,${current.session.start},|0,`);
});

t.test('fifty sign-outs of one user at once: one entry, written twice', async (t) => {
  const { memory, instance, signIn, find } = createInstances();
  const tokens: string[] = [];
  for (let i = 0; i < 50; i++) tokens.push((await signIn()).token);
  const leaving = instance();
  const { write } = leaving.stores.edge;
  const haveEnded = Promise.withResolvers<void>();
  let writes = 0;
  leaving.stores.edge.write = async (...given) => {
    writes++;
    await haveEnded.promise;
    return write(...given);
  };
  const currents = await Promise.all(tokens.map(find));
  const ended = await Promise.all(currents.map((each) => each && leaving.sessions.end(each)));
  haveEnded.resolve();
  t.strictSame(new Set(await Promise.all(ended.map((each) => each?.edge))), new Set(['told']));
  const { user } = memory.record(ALICE);
  t.strictSame([user.changes, user.told, user.sessions], [50, 50, []]);
  t.equal(memory.entry(ALICE)?.split(',').length, 50 + 3);
  t.ok(writes <= 3, `${writes} writes`);
});

t.test(
  'a process that dies between any two calls leaves nothing that authenticates, or due work',
  async (t) => {
    for (const does of ['sign out', 'everywhere', 'by id', 'provider'] as const) {
      let isThrough = false;
      for (let calls = 0; !isThrough; calls++) {
        const { memory, instance, signIn, find, logout } = createInstances({ userIdClaim: 'id' });
        const { token, current } = await signIn({ sid: 's' });
        const dying = instance();
        let left = calls;
        const dead = Promise.withResolvers<void>();
        for (const store of Object.values(dying.stores)) {
          for (const [name, method] of Object.entries(store)) {
            Object.assign(store, {
              [name]: (...given: unknown[]) => {
                if (left-- > 0) return Reflect.apply(method, undefined, given);
                dead.resolve();
                return new Promise(() => {});
              },
            });
          }
        }
        const isMarked = () => memory.marks().length > 0;
        const end = async () => {
          if (does === 'provider') return void (await logout({ sid: 's' }, dying));
          const known = await dying.sessions.find(parseSessionToken(token));
          if (!known) throw new Error('no session');
          if (does === 'by id') await dying.sessions.endById(ALICE, known.session.id, known.known);
          else await (does === 'sign out' ? dying.sessions.end(known) : dying.sessions.endAll(ALICE, known));
        };
        isThrough = await Promise.race([end().then(() => true), dead.promise.then(() => false)]);
        const hasEnded = memory.record(ALICE).user.sessions.length === 0;
        await instance().schedule.run(5_000);
        const what = `${does}, after ${calls} calls`;
        if (isThrough || hasEnded || isMarked()) {
          t.equal(await find(token), undefined, what);
          t.ok(memory.entry(ALICE)?.includes(`${current.session.start},`) || does === 'everywhere', what);
          t.ok(memory.entry(ALICE), what);
        } else t.ok(await find(token), `${what}: it goes on`);
        t.notOk(memory.isAnythingDue(0), what);
      }
    }
  },
);
