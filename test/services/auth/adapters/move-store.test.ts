import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { createMoveStore } from '../../../../services/auth/adapters/move-store.ts';
import { sweepTraces } from '../../../../services/auth/adapters/users.ts';
import { MAX_MOVES } from '../../../../services/auth/domain/mover.ts';
import { createMoves } from '../../../../services/auth/files/moves.ts';
import { nowEpoch } from '../support/seed-session.ts';
import { startStore } from '../support/service.ts';

const { tableName } = await startStore(t);
const db = new DynamoDBClient({});
t.teardown(() => db.destroy());
const moves = createMoveStore({ db, tableName });
const now = nowEpoch();

/** Begins moves of a user at once. @returns how many were begun, by ids that begin with a name */
async function begin(login: string, count: number, { name = 'move', startedAtEpoch = now } = {}) {
  const userId = parseUserId(login);
  const record = { userId, from: userOwner(userId), startedAtEpoch };
  const begun = await Promise.allSettled(
    Array.from({ length: count }, (_, index) => moves.create(`${login} ${name} ${index}`, record)),
  );
  for (const [index, each] of begun.entries()) {
    if (each.status === 'rejected') t.match(each.reason, { code: 'too_many_moves' }, `row ${index}`);
  }
  return begun.flatMap(({ status }, index) => (status === 'fulfilled' ? `${login} ${name} ${index}` : []));
}

t.test(
  'of the moves of one user, so many go on at the same time, and those of others count not',
  async (t) => {
    const begun = await begin('alice', MAX_MOVES + 5);
    t.equal(begun.length, MAX_MOVES);
    t.equal((await begin('alice', 1, { name: 'next' })).length, 0);
    t.equal(await moves.read('alice next 0'), undefined, 'a refused one leaves nothing');
    t.equal((await begin('bob', 1)).length, 1);

    const [done = '', failed = ''] = begun;
    await moves.finish(done, { state: 'done', name: 'new' });
    await moves.finish(failed, { state: 'failed', code: 'file_exists' });
    t.equal((await begin('alice', 3, { name: 'later' })).length, 2, 'for those that have ended');
  },
);

t.test('a move that never ended gives its place back after an hour', async (t) => {
  t.equal((await begin('carol', MAX_MOVES, { startedAtEpoch: now - 3_600 })).length, MAX_MOVES);
  t.equal((await begin('carol', 1, { name: 'soon' })).length, 0);
  t.equal((await begin('carol', 1, { name: 'later', startedAtEpoch: now + 1 })).length, 1);
});

t.test('an item lives for a day', async (t) => {
  const [id = ''] = await begin('frank', 1);
  for (const pk of [`move#${id}`, 'moves#frank']) {
    const { Item } = await db.send(new GetItemCommand({ TableName: tableName, Key: { pk: { S: pk } } }));
    t.equal(Item?.['ttl']?.N, `${now + 86_400}`, pk);
  }
});

t.test('what a user began goes with the user', async (t) => {
  const dave = parseUserId('dave');
  await begin('dave', 2);
  t.equal(await sweepTraces({ db, tableName }, dave, true), 3);
  t.equal(await sweepTraces({ db, tableName }, dave, false), 0);
});

t.test('a move that the mover was not told of has failed, also if only the answer was lost', async (t) => {
  const userId = parseUserId('erin');
  const owner = userOwner(userId);
  let id = '';
  const never = async () => {
    throw new GatewayError('internal');
  };
  const { start, read } = createMoves({
    mover: {
      ...{ copy: never, move: never, trash: never, versions: never, restore: never, restoreMany: never },
      ...{ deleteVersion: never, emptyTrash: never, count: never },
      async begin(_operation, request) {
        ({ id } = request);
        throw new GatewayError('files_unavailable');
      },
    },
    objects: {
      find: async (key) =>
        key.endsWith('/a') ? { key, size: 2, etag: 'e', lastModified: new Date() } : undefined,
    },
    usage: { take: async () => {} },
    ...{ records: moves, nowEpoch: () => now, limits: { copyBytes: 1 } },
  });
  const by = { owner, userId, token: 't' };
  await t.rejects(start('move', by, { from: 'a', to: 'b', toOwner: owner }), { code: 'files_unavailable' });
  t.strictSame(await read(id, by), { state: 'failed', code: 'files_unavailable' });
});
