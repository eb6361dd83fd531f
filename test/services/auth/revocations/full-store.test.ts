import t, { type Test } from 'tap';
import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import { createKeyValueStore, KEY_VALUE_QUOTAS } from '../../../../edge/local/functions/key-value-store.ts';
import { createEdgeStore, createKeyValueStoreClient } from '../../../../services/auth/adapters/edge-store.ts';
import { TIME_LIMITS } from '../../../../services/auth/domain/time-limits.ts';
import { NEW_USER } from '../../../../services/auth/domain/user-record.ts';
import { createEdgeTeller } from '../../../../services/auth/revocations/edge-teller.ts';
import { SYSTEM_CLOCK } from '../../../../services/auth/surroundings.ts';
import { createKeyValueStoreApi } from '../../../../services/local/key-value-store/server.ts';
import { createMemoryStores } from '../support/memory-stores.ts';
import { numbered } from '../support/revoking.ts';
import { nowEpoch } from '../support/seed-session.ts';
import { KEY_VALUE_STORE_ARN as ARN, STORE_CREDENTIALS } from '../support/service.ts';

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
      ...{ ...NEW_USER, lastStart: 1_795_000_000, changes: 1, untoldSinceEpoch: past },
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
  t.match(teller.setAside.counts(), { full: 0, invalid: 0 });
  t.ok(updates() <= 14, `${updates()} updates`);
});
