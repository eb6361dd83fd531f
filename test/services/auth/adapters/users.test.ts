import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { createDueStore } from '../../../../services/auth/adapters/due.ts';
import { createPointerStore } from '../../../../services/auth/adapters/pointers.ts';
import { createUploadStore } from '../../../../services/auth/adapters/upload-store.ts';
import { createUserStore, deleteUser, sweepTraces } from '../../../../services/auth/adapters/users.ts';
import { NEW_USER } from '../../../../services/auth/domain/user-record.ts';
import { startStore, TABLE_NAME } from '../support/service.ts';

await startStore(t);
const db = new DynamoDBClient({});
t.teardown(() => db.destroy());
const place = { db, tableName: TABLE_NAME };
const [ANN, BOB] = [parseUserId('ann'), parseUserId('bob')];
const pointers = createPointerStore(place);
const uploads = createUploadStore(place);
const POINTER = { kind: 'sub', hash: 'h' } as const;

t.test('a record that is deleted is that of a new user', async (t) => {
  const users = createUserStore(place);
  await users.write(ANN, 0, { ...NEW_USER, lastShare: 3 });
  t.equal((await users.read(ANN)).version, 1);
  await deleteUser(place, ANN);
  t.strictSame(await users.read(ANN), { user: NEW_USER, version: 0 });
});

t.test('a change whose time nobody noted has waited the longest', async (t) => {
  const { version } = await createUserStore(place).read(ANN);
  await createUserStore(place).write(ANN, version, { ...NEW_USER, changes: 1 });
  t.strictSame(await createDueStore(place).untold(5), [{ key: 'ann', untoldSinceEpoch: 0 }]);
  await deleteUser(place, ANN);
});

/** An upload and a place in a pointer for Ann, and a place there for Bob. */
async function leaveTraces(): Promise<void> {
  const terms = { key: 'users/ann/a', size: 1, type: 'text/plain', replace: false, multipartId: 'm' };
  await uploads.create('i', { owner: userOwner(ANN), userId: ANN, ...terms, expiresAtEpoch: 4_000_000_000 });
  const session = { issuedAtEpoch: 1_000, expiresAtEpoch: 4_000_000_000 };
  for (const userId of [ANN, BOB]) t.equal(await pointers.join(POINTER, userId, session, 1_000), 'joined');
}

const namesIn = async () => (await pointers.mark(POINTER, { issuedAtEpoch: 1 }, 1_000)).userIds;

t.test('traces of a user are counted, and go without those of others', async (t) => {
  await leaveTraces();
  t.equal(await sweepTraces(place, ANN, false), 2);
  t.ok(await uploads.read('i'));
  t.equal(await sweepTraces(place, ANN, true), 2);
  t.equal(await sweepTraces(place, ANN, false), 0);
  t.equal(await uploads.read('i'), undefined);
  t.strictSame(await namesIn(), [BOB]);
});

t.test('one that stays does not keep the others, and is told', async (t) => {
  const session = { issuedAtEpoch: 1_001, expiresAtEpoch: 4_000_000_000 };
  await uploads.create('i', {
    ...{ owner: userOwner(BOB), userId: BOB, key: 'users/bob/a', size: 1, type: 'a/b', replace: false },
    ...{ multipartId: 'm', expiresAtEpoch: 4_000_000_000 },
  });
  t.equal(await pointers.join({ kind: 'sid', hash: 'x' }, BOB, session, 1_000), 'joined');
  const failing = new DynamoDBClient({ maxAttempts: 1 });
  t.teardown(() => failing.destroy());
  failing.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === DeleteItemCommand.name) throw new Error('it stays');
      return next(args);
    },
    { step: 'initialize' },
  );
  const sweeping = sweepTraces({ db: failing, tableName: TABLE_NAME }, BOB, true);
  await t.rejects(sweeping, { code: 'store_unavailable', cause: { message: 'it stays' } });
  t.ok(await uploads.read('i'));
  t.strictSame((await pointers.mark({ kind: 'sid', hash: 'x' }, { issuedAtEpoch: 1 }, 1)).userIds, []);
});
