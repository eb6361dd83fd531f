import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import t, { type Test } from 'tap';
import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import { createKeyValueStore, KEY_VALUE_QUOTAS } from '../../../../edge/local/functions/key-value-store.ts';
import {
  createEdgeStore,
  createKeyValueStoreClient,
} from '../../../../services/auth/edge/key-value-store.ts';
import { createEdgeTeller } from '../../../../services/auth/edge/teller.ts';
import { changeRecord } from '../../../../services/auth/sessions/change-record.ts';
import { withoutSessions } from '../../../../services/auth/sessions/live.ts';
import { NEW_USER } from '../../../../services/auth/sessions/record.ts';
import { TIME_LIMITS } from '../../../../services/auth/settings/time-limits.ts';
import { SYSTEM_CLOCK } from '../../../../services/auth/wiring/surroundings.ts';
import { createKeyValueStoreApi } from '../../../../services/local/key-value-store/server.ts';
import { createMemoryStores } from '../support/memory-stores.ts';
import { numbered } from '../support/revoking.ts';
import { nowEpoch, seedSession } from '../support/seed-session.ts';
import { KEY_VALUE_STORE_ARN as ARN, STORE_CREDENTIALS, startStore, storesOf } from '../support/service.ts';

const { tableName } = await startStore(t);
const db = new DynamoDBClient({});
t.teardown(() => db.destroy());

/** A real table, a real KeyValueStore API on a socket, and a clock. */
async function startEdge(t: Test, edgeMs: number = TIME_LIMITS.answerMs) {
  const store = createKeyValueStore();
  const open = () => createKeyValueStoreApi({ stores: { [ARN]: store }, credentials: [STORE_CREDENTIALS] });
  let api = open();
  const { port } = await api.listen(0);
  t.teardown(() => api.close());
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
      region: 'us-east-1',
      credentials: STORE_CREDENTIALS,
      maxAttempts: 1,
      endpoint: `http://localhost:${port}`,
    });
    t.teardown(() => client.destroy());
    const edge = createEdgeStore({ client, keyValueStoreArn: ARN });
    const stores = storesOf({ db, tableName }, edge);
    const teller = createEdgeTeller({
      ...stores,
      clock,
      limits: { ...TIME_LIMITS, edgeMs },
      outlivesRequests: true,
      onEdgeError: (error) => errors.push(error),
    });
    const write = (userId: UserId, start: number) =>
      changeRecord({ users: stores.users, clock }, userId, (known) =>
        withoutSessions(known, (session) => session.start === start, Math.floor(clock.now() / 1_000)),
      );
    return {
      write,
      /** Ends a session as a logout does. */
      end: async (userId: UserId, start: number) => teller.tell(userId, await write(userId, start)),
      drain: () => teller.drain(10_000),
    };
  };
  const first = instance();
  const { users } = storesOf({ db, tableName });
  return {
    store,
    errors,
    instance,
    first,
    wait: (seconds: number) => {
      laterMs += seconds * 1_000;
    },
    goDown: () => api.close(),
    comeUp: async () => {
      api = open();
      await api.listen(port);
    },
    async signIn(name: string) {
      const userId = parseUserId(name);
      return { userId, ...(await seedSession(users, userId)) };
    },
  };
}

t.test('a revocation is in the store when the answer comes, and gone once it has expired', async (t) => {
  const { store, first, errors, signIn, wait } = await startEdge(t);
  const { userId, start } = await signIn('expires');
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

t.test('an outage of the store: the revocation holds in the table, and one run catches up', async (t) => {
  const { store, first, instance, errors, goDown, comeUp, signIn } = await startEdge(t, 300);
  const names = Array.from({ length: 60 }, (_, index) => `outage-${index}`);
  const seeded = await Promise.all(names.map(signIn));
  await goDown();
  // None waits for the store to come up, which it does below.
  const told = await Promise.all(seeded.map(({ userId, start }) => first.end(userId, start)));
  t.strictSame(new Set(told), new Set(['pending']));
  // Somebody is told of it.
  while (errors.length === 0) await SYSTEM_CLOCK.sleep(20);
  await comeUp();
  // A writer of before may still run, and write some of them.
  await instance().drain();
  for (const { userId, start } of seeded) t.equal(store.get(userId), `0,${start},|0,`, userId);
  t.equal(await first.drain(), 0);
});

const EXPIRED_ENTRY = '0,1,|0,';

/**
 * A real KeyValueStore API that is full to its last byte, expired entries, and 50 people who wait.
 * @param options.missing expired entries that the store does not hold
 * @param options.spareBytes the store has this room
 */
async function startFull(
  t: Test,
  { expired, missing = [], spareBytes = 0 }: { expired: string[]; missing?: string[]; spareBytes?: number },
) {
  const entries: Record<string, string> = {};
  for (const name of expired) if (!missing.includes(name)) entries[name] = EXPIRED_ENTRY;
  fill(entries, spareBytes);
  const store = createKeyValueStore({
    state: { entries, createdAtMs: 0, lastModifiedAtMs: 0, etag: 'KV1' },
  });
  t.equal(store.describe().totalBytes, KEY_VALUE_QUOTAS.storeBytes - spareBytes);
  const api = createKeyValueStoreApi({ stores: { [ARN]: store }, credentials: [STORE_CREDENTIALS] });
  const { port } = await api.listen(0);
  t.teardown(() => api.close());
  const client = createKeyValueStoreClient({
    ...{ region: 'us-east-1', credentials: STORE_CREDENTIALS },
    endpoint: `http://localhost:${port}`,
  });
  t.teardown(() => client.destroy());
  const memory = createMemoryStores();
  const past = nowEpoch() - 60;
  for (const name of expired) {
    await memory.users.write(parseUserId(name), 0, {
      ...{ ...NEW_USER, lastStart: 1, changes: 1, told: 1, entryExpiresEpoch: past },
      revokedStarts: [{ number: 1, untilEpoch: past }],
    });
  }
  const people = numbered('waiting', 50).map(parseUserId);
  for (const userId of people) {
    await memory.users.write(userId, 0, {
      ...{ ...NEW_USER, lastStart: 1_795_000_000, changes: 1, pendingSinceEpoch: past },
      revokedStarts: [{ number: 1_795_000_000, untilEpoch: nowEpoch() + 900 }],
    });
  }
  let updates = 0;
  client.middlewareStack.add(
    (next, { commandName }) =>
      (call) => {
        if (commandName === 'UpdateKeysCommand') updates++;
        return next(call);
      },
    { step: 'initialize' },
  );
  const teller = createEdgeTeller({
    ...{ ...memory, edge: createEdgeStore({ client, keyValueStoreArn: ARN }) },
    ...{ clock: SYSTEM_CLOCK, limits: { ...TIME_LIMITS, edgeMs: TIME_LIMITS.answerMs } },
    ...{ outlivesRequests: true, onEdgeError: () => {} },
  });
  const tell = (userId: UserId) => teller.tell(userId, memory.record(userId).user);
  const left = () => expired.filter((name) => store.get(name) !== undefined).length;
  return { store, memory, teller, people, tell, left, updates: () => updates };
}

/** Adds entries until the store is full. */
function fill(entries: Record<string, string>, spareBytes: number): void {
  let room = KEY_VALUE_QUOTAS.storeBytes - spareBytes;
  for (const [key, value] of Object.entries(entries)) room -= key.length + value.length;
  for (let number = 0; room > 0; number++) {
    const key = `filler-${String(number).padStart(5, '0')}`;
    const most = key.length + KEY_VALUE_QUOTAS.valueBytes;
    const taken = room <= most ? room : Math.min(most, room - key.length);
    entries[key] = 'x'.repeat(taken - key.length);
    room -= taken;
  }
}

const EXPIRED = numbered('expired', 400);

t.test('50 who wait, 400 expired entries: room is made, and all are told', async (t) => {
  const { store, people, tell, teller, left, updates } = await startFull(t, { expired: EXPIRED });
  t.strictSame(new Set(await Promise.all(people.map(tell))), new Set(['told']));
  await teller.drain(15_000);
  t.equal(left(), 0, 'expired entries go');
  t.ok(people.every((userId) => store.get(userId) === '0,1795000000,|0,'));
  t.equal(teller.failures.count(), 0);
  t.ok(updates() <= 14, `${updates()} updates`);
});
