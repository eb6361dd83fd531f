import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import t, { type Test } from 'tap';
import { parseStoredName } from '../../../../core/file-name.ts';
import { userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { createDetailsStore } from '../../../../services/auth/adapters/details.ts';
import {
  answerOf,
  createTable,
  DUE_INDEX,
  duePartition,
} from '../../../../services/auth/adapters/dynamodb.ts';
import { DETAILS_TABLE_NAME, startStore, TABLE_NAME } from '../support/service.ts';

await startStore(t);

/** A client that notes its calls. */
function listeningClient(t: Test) {
  const calls: [command: string, input: Record<string, unknown>][] = [];
  const db = new DynamoDBClient({});
  db.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        calls.push([commandName.replace(/ItemCommand$|Command$/, ''), { ...args.input }]);
        return next(args);
      },
    { step: 'initialize' },
  );
  t.teardown(() => db.destroy());
  return { db, calls };
}

t.test('what must see every write before it is read consistently', async (t) => {
  const { db, calls } = listeningClient(t);
  const table = createTable({ db, tableName: TABLE_NAME });
  await table.get('a');
  for await (const _page of table.scan('begins_with(pk, :prefix)', { values: { ':prefix': 'a' } }));
  const details = createDetailsStore({ db, tableName: DETAILS_TABLE_NAME });
  const owner = userOwner(parseUserId('ann'));
  await details.read({ owner, name: parseStoredName('a', owner) });
  await details.between(owner, 'a', 'b', true);
  await details.between(owner, 'a', 'b');
  t.strictSame(
    calls.map(([command, { ConsistentRead }]) => [command, ConsistentRead]),
    [
      ['Get', true],
      ['Scan', true],
      ['Get', true],
      ['Query', true],
      ['Query', false],
    ],
  );
});

t.test('work that is passed over costs one more page, not one for each', async (t) => {
  const { db, calls } = listeningClient(t);
  const table = createTable({ db, tableName: TABLE_NAME });
  const places = Array.from({ length: 20 }, (_, index) => 10 + index);
  for (const at of places) {
    await table.put(`w#${at}`, {
      [DUE_INDEX.partitionKey]: duePartition('work', `w#${at}`),
      [DUE_INDEX.sortKey]: at,
    });
  }
  calls.length = 0;
  const parse = ({ pk }: Parameters<Parameters<typeof table.due>[2]>[0]) => pk?.S;
  const due = (limit: number, isPassedOver?: (pk: string) => boolean, untilEpoch?: number) =>
    table.due(
      { kind: 'work', ...(untilEpoch === undefined ? {} : { untilEpoch }) },
      limit,
      parse,
      isPassedOver,
    );
  t.strictSame(await due(2), ['w#10', 'w#11'], 'the longest first');
  t.equal(calls.length, 16);
  calls.length = 0;
  t.strictSame(await due(2, (pk) => pk < 'w#27'), ['w#27', 'w#28']);
  t.strictSame(new Set(calls.map(([, { Limit }]) => Limit)), new Set([2, 1_000]));
  t.ok(calls.length <= 2 * 16, `${calls.length} pages`);
  t.strictSame(await due(5, undefined, 11), ['w#10', 'w#11'], 'until then, this second included');
  t.strictSame(await table.due({ kind: 'other' }, 5, parse), []);
});

t.test('an answer of something else is an error, and a condition that does not hold is none', async (t) => {
  const unavailable = (message: string) => ({ code: 'store_unavailable', cause: { message } });
  await t.rejects(
    answerOf(Promise.resolve({ $metadata: {} })),
    unavailable('the answer is not from DynamoDB'),
  );
  await t.rejects(answerOf(Promise.reject(new Error('down'))), unavailable('down'));
});
