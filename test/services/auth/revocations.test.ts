import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import t, { type Test } from 'tap';
import { parseUserId, type UserId } from '../../../core/user-id.ts';
import { createKeyValueStore } from '../../../edge/local/functions/key-value-store.ts';
import { createClockGuard } from '../../../services/auth/adapters/clock-guard.ts';
import { createEdgeStore, createKeyValueStoreClient } from '../../../services/auth/adapters/edge-store.ts';
import { createStores } from '../../../services/auth/adapters/stores.ts';
import { withoutSessions } from '../../../services/auth/domain/live-sessions.ts';
import { TIME_LIMITS } from '../../../services/auth/domain/time-limits.ts';
import { changeRecord } from '../../../services/auth/records/change-record.ts';
import { createEdgeTeller } from '../../../services/auth/revocations/edge-teller.ts';
import { SYSTEM_CLOCK } from '../../../services/auth/surroundings.ts';
import { createKeyValueStoreApi } from '../../../services/local/key-value-store/server.ts';
import { seedSession } from './support/seed-session.ts';
import { KEY_VALUE_STORE_ARN as ARN, STORE_CREDENTIALS, startStore } from './support/service.ts';

const { tableName } = await startStore(t);
const db = new DynamoDBClient({});

/** A real table, a real KeyValueStore API on a socket, and a clock. */
async function startEdge(t: Test, { outlivesRequests = true, edgeMs = TIME_LIMITS.edgeMs } = {}) {
  const store = createKeyValueStore();
  const open = () => createKeyValueStoreApi({ stores: { [ARN]: store }, credentials: [STORE_CREDENTIALS] });
  let api = open();
  const { port } = await api.listen(0);
  let laterMs = 0;
  const clock = {
    ...SYSTEM_CLOCK,
    now: () => Date.now() + laterMs,
    monotonicMs: () => performance.now() + laterMs,
  };
  const errors: unknown[] = [];
  /** Another instance, as if in a process of its own. */
  const instance = () => {
    const client = createKeyValueStoreClient({
      ...{ region: 'us-east-1', credentials: STORE_CREDENTIALS, maxAttempts: 1 },
      endpoint: `http://localhost:${port}`,
    });
    const edge = createEdgeStore({ client, keyValueStoreArn: ARN });
    const stores = createStores({ db, tableName }, edge, createClockGuard());
    const onEdgeError = (error: unknown) => errors.push(error);
    const teller = createEdgeTeller({
      ...{ ...stores, clock, limits: { ...TIME_LIMITS, edgeMs }, outlivesRequests, onEdgeError },
    });
    const write = (userId: UserId, start: number) =>
      changeRecord({ users: stores.users, clock }, userId, (known) =>
        withoutSessions(known, (session) => session.start === start, Math.floor(clock.now() / 1_000)),
      );
    return {
      stores,
      write,
      /** Ends a session as a logout does. */
      end: async (userId: UserId, start: number) => teller.tell(userId, await write(userId, start)),
      drain: () => teller.drain(10_000),
    };
  };
  t.teardown(() => api.close());
  const first = instance();
  return {
    store,
    errors,
    instance,
    first,
    users: first.stores.users,
    wait: (seconds: number) => {
      laterMs += seconds * 1_000;
    },
    goDown: () => api.close(),
    comeUp: async () => {
      api = open();
      await api.listen(port);
    },
    signIn: (name: string) => seedSession(first.stores.users, parseUserId(name)),
  };
}

t.test('a revocation is in the store when the answer comes, and gone once it has expired', async (t) => {
  const { store, first, errors, signIn, wait } = await startEdge(t);
  const userId = parseUserId('expires');
  const { start } = await signIn(userId);
  t.equal(await first.end(userId, start), 'told');
  t.equal(store.get(userId), `0,${start},|0,`);
  t.equal(await first.drain(), 0, 'nothing is due');
  wait(900 + 300 + 90);
  t.equal(await first.drain(), 0, 'the last cookie may still live, or another process may write it again');
  wait(61);
  t.equal(await first.drain(), 1);
  t.equal(store.get(userId), undefined);
  wait(10 ** 6);
  t.equal(await first.drain(), 0);
  t.strictSame(errors, []);
});

t.test('an entry that must go and is not there, for example after a lost answer', async (t) => {
  const { store, first, errors, signIn, wait } = await startEdge(t);
  const names = ['lost', 'there'];
  for (const name of names) await first.end(parseUserId(name), (await signIn(name)).start);
  store.update({ puts: [], deletes: ['lost'] }, store.describe().etag);
  wait(900 + 451);
  const late = await signIn('late');
  await first.write(parseUserId('late'), late.start);
  // The writer of the last sign-out may still run, and write them.
  await first.drain();
  t.strictSame(
    names.map((name) => store.get(name)),
    [undefined, undefined],
  );
  t.equal(store.get('late'), `0,${late.start},|0,`);
  t.equal(await first.drain(), 0);
  t.strictSame(errors, []);
});

t.test('many logouts at once share updates, and none is lost', async (t) => {
  const { store, first, errors, signIn } = await startEdge(t);
  const names = Array.from({ length: 120 }, (_, index) => parseUserId(`many-${index}`));
  const starts = await Promise.all(names.map(async (name) => (await signIn(name)).start));
  const before = store.describe().etag;
  await Promise.all(names.map((name, index) => first.end(name, starts[index] ?? 0)));
  // at-once.test.ts measures their speed, by a clock that other work on this machine cannot slow down.
  await first.drain();
  for (const [index, name] of names.entries()) t.equal(store.get(name), `0,${starts[index]},|0,`);
  t.not(store.describe().etag, before);
  t.strictSame(errors, []);
});

t.test('several instances write one store: the newest record wins', async (t) => {
  const { store, instance, errors, signIn } = await startEdge(t);
  const instances = [instance(), instance(), instance()];
  const userId = parseUserId('shared');
  const starts: number[] = [];
  for (let i = 0; i < 12; i++) starts.push((await signIn(userId)).start);
  const told = await Promise.all(starts.map((start, i) => instances[i % 3]?.end(userId, start)));
  t.strictSame(new Set(told), new Set(['told']));
  t.equal(store.get(userId), `0,${starts.join(',')},|0,`);
  t.strictSame(errors, []);
  t.equal(await instances[0]?.drain(), 0, 'all of it has been told');
});

t.test('if the holder of the lease is gone, the others lose a second', async (t) => {
  const { store, first, instance, signIn } = await startEdge(t, { edgeMs: TIME_LIMITS.answerMs });
  const userId = parseUserId('orphaned');
  const { start } = await signIn(userId);
  t.ok(await instance().stores.lease.swap(undefined, 'a process that died'));
  const beganMs = Date.now();
  t.equal(await first.end(userId, start), 'told');
  t.ok(Date.now() - beganMs >= 1_000, 'no sooner');
  t.equal(store.get(userId), `0,${start},|0,`);
});

t.test('a writer that was frozen does not write an old record', async (t) => {
  const { store, instance, signIn } = await startEdge(t, { outlivesRequests: false });
  const userId = parseUserId('frozen');
  const [one, two] = [await signIn(userId), await signIn(userId)];
  const [frozen, other] = [instance(), instance()];
  const { write } = frozen.stores.edge;
  const [reached, thawed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const answered = Promise.withResolvers<unknown>();
  frozen.stores.edge.write = async (...given) => {
    frozen.stores.edge.write = write;
    reached.resolve();
    await thawed.promise;
    const answer = await write(...given);
    answered.resolve(answer);
    return answer;
  };
  const first = frozen.end(userId, one.start);
  await reached.promise;
  // The other instance takes over the lease, and writes both.
  t.equal(await other.end(userId, two.start), 'told');
  thawed.resolve();
  t.equal(await answered.promise, false, 'a conflict');
  await first;
  t.equal(store.get(userId), `0,${one.start},${two.start},|0,`);
});

t.test('a record that changes while it is being told stays due', async (t) => {
  const { store, first, instance, signIn } = await startEdge(t);
  const userId = parseUserId('meanwhile');
  const [one, two] = [await signIn(userId), await signIn(userId)];
  const { write } = first.stores.edge;
  first.stores.edge.write = async (...given) => {
    first.stores.edge.write = write;
    await instance().write(userId, two.start);
    return write(...given);
  };
  t.equal(await first.end(userId, one.start), 'told');
  // The same run may have found it due again. Nothing is lost, whichever came last.
  await first.drain();
  t.equal(store.get(userId), `0,${one.start},${two.start},|0,`);
});

t.test('an outage of the store: the revocation holds in the table, and one run catches up', async (t) => {
  const { store, first, instance, users, errors, goDown, comeUp, signIn } = await startEdge(t);
  const names = Array.from({ length: 60 }, (_, index) => parseUserId(`outage-${index}`));
  const starts = await Promise.all(names.map(async (name) => (await signIn(name)).start));
  await goDown();
  // None waits for the store to come up, which it does below.
  const told = await Promise.all(names.map((name, index) => first.end(name, starts[index] ?? 0)));
  t.strictSame(new Set(told), new Set(['pending']));
  t.ok(errors.length > 0, 'somebody is told of it');
  for (const [index, name] of names.slice(0, 3).entries()) {
    const { user } = await users.read(name);
    t.strictSame(
      user.revokedStarts.map(({ number }) => number),
      [starts[index]],
    );
  }
  t.equal(store.get(names[0] ?? ''), undefined);
  await comeUp();
  // A writer of before may still run, and write some of them.
  await instance().drain();
  for (const [index, name] of names.entries()) t.equal(store.get(name), `0,${starts[index]},|0,`);
  t.equal(await first.drain(), 0);
});
