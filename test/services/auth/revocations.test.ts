import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import t, { type Test } from 'tap';
import { createKeyValueStore } from '../../../edge/local/key-value-store.ts';
import { createEdgeStore } from '../../../services/auth/adapters/edge-store.ts';
import { createKeyValueStoreClient } from '../../../services/auth/adapters/key-value-store-client.ts';
import { createUserStore } from '../../../services/auth/adapters/users.ts';
import { withNextStart } from '../../../services/auth/domain/revocation.ts';
import { createRevocations, type Revocations } from '../../../services/auth/domain/revocations.ts';
import { parseUserId, type UserId } from '../../../services/auth/domain/user-id.ts';
import type { UserRecord } from '../../../services/auth/domain/user-record.ts';
import { createKeyValueStoreApi } from '../../../services/local/key-value-store-api.ts';
import { STORE_CREDENTIALS, startStore } from './support/service.ts';

const ARN = 'arn:aws:cloudfront::000000000000:key-value-store/revocations';
const region = 'us-east-1';
const { tableName } = await startStore(t);
const users = createUserStore({ db: new DynamoDBClient({}), tableName });

/** A real table, a real KeyValueStore API on a socket, and a clock. */
async function startEdge(t: Test) {
  const store = createKeyValueStore();
  let api = createKeyValueStoreApi({ stores: { [ARN]: store }, credentials: [STORE_CREDENTIALS] });
  const { port } = await api.listen(0);
  const clock = { nowEpoch: Math.floor(Date.now() / 1_000) };
  const errors: unknown[] = [];
  const instance = (): Revocations =>
    createRevocations({
      users,
      edge: createEdgeStore({
        client: createKeyValueStoreClient({
          region,
          credentials: STORE_CREDENTIALS,
          endpoint: `http://localhost:${port}`,
          maxAttempts: 1,
        }),
        keyValueStoreArn: ARN,
      }),
      nowEpoch: () => clock.nowEpoch,
      onEdgeError: (error) => errors.push(error),
    });
  t.teardown(() => api.close());
  return {
    store,
    clock,
    errors,
    instance,
    goDown: () => api.close(),
    comeUp: async () => {
      api = createKeyValueStoreApi({ stores: { [ARN]: store }, credentials: [STORE_CREDENTIALS] });
      await api.listen(port);
    },
  };
}

/** A user who signed in, with cookies of 15 minutes. */
async function signedIn(name: string, nowEpoch: number): Promise<{ id: UserId; start: number }> {
  const id = parseUserId(name);
  const user = await users.update(id, (known: UserRecord) => {
    const next = withNextStart(known, nowEpoch);
    return next && { ...next, longestCookieSeconds: 900 };
  });
  return { id, start: user.lastStart };
}

t.test(
  'what is revoked is in the store when the promise is kept, and out of it once it has expired',
  async (t) => {
    const { store, clock, instance, errors } = await startEdge(t);
    const revocations = instance();
    const { id, start } = await signedIn('expires', clock.nowEpoch);
    await revocations.revokeSession(id, start);
    t.equal(store.get(id), `0,${start},|0,`);
    t.equal(await revocations.reconcile(), 0, 'nothing is due');
    clock.nowEpoch += 900 + 300;
    t.equal(await revocations.reconcile(), 1);
    t.equal(store.get(id), undefined);
    clock.nowEpoch += 10 ** 6;
    t.equal(await revocations.reconcile(), 0);
    t.same(errors, []);
  },
);

t.test('an entry that is to go, and is not there: after a lost answer, for one', async (t) => {
  const { store, clock, instance, errors } = await startEdge(t);
  const revocations = instance();
  const { id, start } = await signedIn('lost', clock.nowEpoch);
  await revocations.revokeSession(id, start);
  store.update({ puts: [], deletes: [id] }, store.describe().etag);
  clock.nowEpoch += 900 + 300;
  t.equal(await revocations.reconcile(), 1);
  t.equal(await revocations.reconcile(), 0);
  t.same(errors, []);
});

t.test('many logouts at once share updates, and none is lost', async (t) => {
  const { store, clock, instance, errors } = await startEdge(t);
  const revocations = instance();
  const all = await Promise.all(Array.from({ length: 120 }, (_, i) => signedIn(`many-${i}`, clock.nowEpoch)));
  const before = store.describe().etag;
  await Promise.all(all.map(({ id, start }) => revocations.revokeSession(id, start)));
  for (const { id, start } of all) t.equal(store.get(id), `0,${start},|0,`);
  t.not(store.describe().etag, before);
  t.same(errors, []);
});

t.test('a sign-in after a revocation that the edge was not told of: it stays due', async (t) => {
  const { store, clock, instance, goDown, comeUp } = await startEdge(t);
  const { id, start } = await signedIn('again', clock.nowEpoch);
  await goDown();
  await instance().revokeSession(id, start);
  await signedIn('again', clock.nowEpoch);
  await comeUp();
  t.equal(await instance().reconcile(), 1);
  t.equal(store.get(id), `0,${start},|0,`);
});

t.test('several instances write one store: the last word is always the newest record', async (t) => {
  const { store, clock, instance, errors } = await startEdge(t);
  const instances = [instance(), instance(), instance()];
  const { id } = await signedIn('shared', clock.nowEpoch);
  const starts: number[] = [];
  for (let i = 0; i < 12; i++) starts.push((await signedIn('shared', clock.nowEpoch)).start);
  await Promise.all(starts.map((start, i) => instances[i % 3]?.revokeSession(id, start)));
  t.equal(store.get(id), `0,${starts.join(',')},|0,`);
  t.same(errors, []);
  t.equal(await instances[0]?.reconcile(), 0, 'all of it has been told');
});

t.test(
  'an outage of the store: the revocation holds in the table, and is caught up in one run',
  async (t) => {
    const { store, clock, instance, errors, goDown, comeUp } = await startEdge(t);
    const revocations = instance();
    const all = await Promise.all(
      Array.from({ length: 60 }, (_, i) => signedIn(`outage-${i}`, clock.nowEpoch)),
    );
    await goDown();
    await Promise.all(all.map(({ id, start }) => revocations.revokeSession(id, start)));
    t.ok(errors.length > 0, 'somebody hears of it');
    for (const { id, start } of all.slice(0, 3)) {
      t.same(
        (await users.read(id)).revokedStarts.map(({ number }) => number),
        [start],
      );
    }
    t.equal(store.get(all[0]?.id ?? ''), undefined);
    await comeUp();
    t.equal(await instance().reconcile(), 60);
    for (const { id, start } of all) t.equal(store.get(id), `0,${start},|0,`);
    t.equal(await revocations.reconcile(), 0);
  },
);

t.test('a record takes every one of many writers', async (t) => {
  const id = parseUserId('contended');
  const before = (await users.read(id)).lastShare;
  await Promise.all(
    Array.from({ length: 40 }, () =>
      users.update(id, (user) => ({ ...user, lastShare: user.lastShare + 1 })),
    ),
  );
  t.equal((await users.read(id)).lastShare, before + 40);
});
