import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ThrottlingException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import { createLinkStore } from '../../../../services/auth/adapters/links.ts';
import { createPointerStore } from '../../../../services/auth/adapters/pointers.ts';
import { createOnceStore } from '../../../../services/auth/adapters/stores.ts';
import { createUserStore, scanUserIds } from '../../../../services/auth/adapters/users.ts';
import { NEW_USER } from '../../../../services/auth/domain/user-record.ts';
import { startStore, TABLE_NAME } from '../support/service.ts';

await startStore(t);
const db = new DynamoDBClient({ endpoint: process.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '' });
t.teardown(() => db.destroy());
const place = { db, tableName: TABLE_NAME };
const ALICE = parseUserId('alice');

t.test('after a lost answer the client asks again, and the use still counts as the first', async (t) => {
  const lossy = new DynamoDBClient({ maxAttempts: 3 });
  t.teardown(() => lossy.destroy());
  let calls = 0;
  lossy.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      calls++;
      if (calls === 1) throw Object.assign(new Error('lost'), { name: 'TimeoutError' });
      return answer;
    },
    { step: 'deserialize', priority: 'low' },
  );
  const once = createOnceStore({ db: lossy, tableName: TABLE_NAME });
  t.equal(await once.useOnce('state', 4_000_000_000), true);
  t.equal(calls, 2);
  t.equal(await once.useOnce('state', 4_000_000_000), false, 'somebody else');
});

t.test('a try of a password that DynamoDB throttles is not noted, and may be made again', async (t) => {
  const throttled = new DynamoDBClient({ maxAttempts: 1 });
  t.teardown(() => throttled.destroy());
  const refusal = new ThrottlingException({ message: 'too much', $metadata: {} });
  throttled.middlewareStack.add(() => () => Promise.reject(refusal), {
    step: 'deserialize',
    priority: 'low',
  });
  const links = createLinkStore({ db: throttled, tableName: TABLE_NAME });
  t.equal(await links.addTry('link', '1.a', 10, 4_000_000_000), false);
  await t.rejects(links.readTries('link'), { code: 'store_unavailable' });
});

t.test('a try that is given back after its item was forgotten makes no item', async (t) => {
  await createLinkStore(place).removeTries('forgotten', ['1.a']);
  const { Item } = await db.send(
    new GetItemCommand({ TableName: TABLE_NAME, Key: { pk: { S: 'tries#forgotten' } } }),
  );
  t.equal(Item, undefined, 'it would have no end');
});

t.test('an item whose key names no user hides no user from `gateway restored`', async (t) => {
  await createUserStore(place).write(ALICE, 0, NEW_USER);
  await db.send(new PutItemCommand({ TableName: TABLE_NAME, Item: { pk: { S: 'user#a/b' } } }));
  const found: string[] = [];
  for await (const page of scanUserIds(place)) found.push(...page);
  t.strictSame(found, ['alice']);
});

t.test('a pointer stays for a day after its last session, or after its logout is settled', async (t) => {
  const pointers = createPointerStore(place);
  const pointer = { kind: 'sub', hash: 'lives' } as const;
  const ttl = async () => {
    const key = { TableName: TABLE_NAME, Key: { pk: { S: 'sub#lives' } } };
    return (await db.send(new GetItemCommand(key))).Item?.['ttl']?.N;
  };
  await pointers.join(pointer, ALICE, { issuedAtEpoch: 1_000, expiresAtEpoch: 4_000_000_000 }, 1_000);
  t.equal(await ttl(), `${4_000_000_000 + 86_400}`);
  await pointers.mark(pointer, { issuedAtEpoch: 1_001 }, 4_000_000_000);
  t.equal(await ttl(), undefined, 'what is due is not forgotten');
  await pointers.settle(pointer, { issuedAtEpoch: 1_001 }, 4_000_000_001);
  t.equal(await ttl(), `${4_000_000_001 + 86_400}`);
});

t.test('an attribute that names no user keeps nobody in', async (t) => {
  const pointers = createPointerStore(place);
  const pointer = { kind: 'sid', hash: 'h' } as const;
  const session = { issuedAtEpoch: 1_000, expiresAtEpoch: 9_000 };
  await pointers.join(pointer, ALICE, session, 1_000);
  await db.send(
    new UpdateItemCommand({
      TableName: TABLE_NAME,
      Key: { pk: { S: 'sid#h' } },
      UpdateExpression: 'SET #strange = :end',
      ExpressionAttributeNames: { '#strange': 'user#a/b' },
      ExpressionAttributeValues: { ':end': { N: '9000' } },
    }),
  );
  t.strictSame((await pointers.mark(pointer, { issuedAtEpoch: 2_000 }, 2_000)).userIds, ['alice']);
});
