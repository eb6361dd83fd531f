import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { sidPointer, subPointer } from '../../../../services/auth/domain/pointer.ts';
import { MAX_SESSIONS } from '../../../../services/auth/domain/session.ts';
import { ALICE, before, createInstances, ISSUER } from '../support/instances.ts';

t.test('a login that a logout-all overtakes', async (t) => {
  const { memory, first, instance, signIn } = createInstances();
  const raced = instance();
  before(raced.stores.users, 'write', () => first.sessions.endAll(ALICE));
  await t.rejects(signIn({}, raced), { code: 'login_expired' });
  t.strictSame(memory.record(ALICE).user.sessions, []);
  t.ok((await signIn({}, raced)).token, 'the next one');
});

t.test('a login whose store answer is lost makes one session, and keeps its tokens', async (t) => {
  const { memory, instance, signIn, find } = createInstances();
  const raced = instance();
  const { write } = raced.stores.users;
  raced.stores.users.write = async (...given) => {
    raced.stores.users.write = write;
    await write(...given);
    // The answer of the first write was lost, so the SDK repeats the write. Its condition does not hold any more.
    return false;
  };
  const { token, current } = await signIn({}, raced);
  t.equal(memory.record(ALICE).user.sessions.length, 1);
  t.ok(await find(token));
  t.ok(await memory.tokens.read(current.session.id));
});

t.test('a sign-in that ends no session does not wait for what the edge does not know yet', async (t) => {
  const { first, clock, signIn, wait } = createInstances();
  first.stores.edge.write = async () => {
    throw new GatewayError('store_unavailable');
  };
  await signIn();
  await first.sessions.endAll(ALICE);
  wait(2);
  const beganMs = clock.monotonicMs();
  await (await signIn()).told;
  t.equal(clock.monotonicMs() - beganMs, 0);
});

t.test('tokens of a refused sign-in go, although the answer of their store was lost', async (t) => {
  const { memory, instance, signIn } = createInstances();
  const raced = instance();
  const stored: string[] = [];
  const lost = new GatewayError('store_unavailable');
  raced.stores.tokens.put = async (id, ...given) => {
    await memory.tokens.put(id, ...given);
    stored.push(id);
    throw lost;
  };
  await t.rejects(signIn({}, raced), lost);
  t.equal(stored.length, 1);
  t.equal(await memory.tokens.read(stored[0] ?? ''), undefined);
});

t.test('a session keeps the name of the browser, if the browser gives one', async (t) => {
  const { first, signIn } = createInstances();
  const { current } = await signIn();
  t.notOk('userAgent' in current.session);
  const identity = {
    issuer: ISSUER,
    subject: 'alice',
    claims: { iat: current.session.issuedAtEpoch },
    userInfo: {},
  };
  for (const [userAgent, kept] of [
    ['', undefined],
    ['a browser', 'a browser'],
  ] as const) {
    const begun = await first.sessions.begin({ userId: ALICE, identity, userAgent });
    t.equal(begun.current.session.userAgent, kept, JSON.stringify(userAgent));
    t.equal('userAgent' in begun.current.session, kept !== undefined, JSON.stringify(userAgent));
  }
});

t.test('a sign-in gives up after twenty records that others wrote first', async (t) => {
  const { instance, signIn, clock } = createInstances();
  const raced = instance();
  let writes = 0;
  const sinceMs = clock.monotonicMs();
  raced.stores.users.write = async () => {
    writes++;
    return false;
  };
  await t.rejects(signIn({}, raced), { code: 'store_unavailable' });
  t.equal(writes, 20);
  t.ok(clock.monotonicMs() > sinceMs + 300, 'it pauses between them');
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
  const own = new Set(begun.map(({ current }) => current.session.id));
  for (const id of stored) t.equal((await memory.tokens.read(id)) !== undefined, own.has(id), id);
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
    t.equal(stored.length, 1, how);
    for (const id of stored) t.equal(await memory.tokens.read(id), undefined, how);
  }
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

t.test('pointers differ by kind, issuer and name', async (t) => {
  const hashes = [
    sidPointer(ISSUER, 'a'),
    sidPointer(ISSUER, 'b'),
    sidPointer(`${ISSUER}a`, ''),
    subPointer('https://other.example', 'a'),
  ].map(({ hash }) => hash);
  t.equal(new Set(hashes).size, 4);
});
