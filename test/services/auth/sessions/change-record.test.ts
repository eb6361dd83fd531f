import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import { changeRecord } from '../../../../services/auth/sessions/change-record.ts';
import { NEW_USER } from '../../../../services/auth/sessions/record.ts';
import { SYSTEM_CLOCK } from '../../../../services/auth/wiring/surroundings.ts';
import { numbered } from '../support/revoking.ts';
import { change } from '../support/seed-session.ts';
import { createTable, REGION, STORE_CREDENTIALS, storesOf, TABLE_NAME } from '../support/service.ts';
import { startThrottledDynamoDb } from '../support/throttled-dynamodb.ts';

let laterMs = 0;
const table = await startThrottledDynamoDb(() => laterMs);
t.teardown(() => table.close());
await createTable(table.endpoint);
const db = new DynamoDBClient({
  region: REGION,
  endpoint: table.endpoint,
  credentials: STORE_CREDENTIALS,
  maxAttempts: 1,
});
t.teardown(() => db.destroy());
const { users, due } = storesOf({ db, tableName: TABLE_NAME });

t.test(
  '1,100 records become due within a second: the index throttles none, and lists the oldest first',
  async (t) => {
    const ids = numbered('due', 1_100).map(parseUserId);
    for (let from = 0; from < ids.length; from += 50) {
      const writing = ids
        .slice(from, from + 50)
        .map((id, index) => users.write(id, 0, { ...NEW_USER, changes: 1, pendingSinceEpoch: from + index }));
      t.ok((await Promise.all(writing)).every(Boolean), `from ${from} on`);
    }
    const listed = await due.list('pending', 50);
    t.strictSame(
      listed.map(({ key }) => key),
      ids.slice(0, 50).map((id) => `user#${id}`),
    );
  },
);

t.test('an item under too much load takes the write later', async (t) => {
  const userId = parseUserId('throttled');
  const grow = () => change(users, userId, (user) => ({ ...user, name: 'x'.repeat(300_000) }));
  for (let i = 0; i < 3; i++) await grow();
  const { user, version } = await users.read(userId);
  t.equal(await users.write(userId, version, user), false, 'not now');
  const writing = grow();
  laterMs += 1_000;
  t.equal((await writing).name?.length, 300_000);
  t.equal((await users.read(userId)).version, version + 1);
});

t.test(
  'writers that meet while the clock is set: no change is given up early, or tried for ever',
  async (t) => {
    let aheadMs = 0;
    let monotonicMs = 0;
    let refusals = 2;
    const clock = {
      now: () => SYSTEM_CLOCK.now() + aheadMs,
      monotonicMs: () => monotonicMs,
      sleep: async (milliseconds: number) => {
        monotonicMs += milliseconds;
      },
    };
    const meeting: typeof users = {
      ...users,
      write: async (...given) => (refusals-- > 0 ? false : users.write(...given)),
    };
    const rename = (name: string) =>
      changeRecord({ users: meeting, clock }, parseUserId('meets'), (user) => ({ ...user, name }));
    const writing = rename('a');
    aheadMs = 600_000;
    t.equal((await writing).name, 'a', 'ten minutes ahead');
    t.ok(monotonicMs > 0, 'a writer that met another one pauses');
    refusals = 10_000;
    const failing = rename('b');
    aheadMs = -600_000;
    await t.rejects(failing, { code: 'store_unavailable' }, 'ten minutes back');
  },
);
