import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import { createEdgeStore } from '../../../services/auth/adapters/edge-store.ts';
import { createKeyValueStoreClient } from '../../../services/auth/adapters/key-value-store-client.ts';
import { parseUserId } from '../../../services/auth/domain/user-id.ts';
import { NEW_USER } from '../../../services/auth/domain/user-record.ts';
import { createStores } from '../../../services/auth/stores.ts';
import { createMemoryStores } from './support/memory-stores.ts';
import { KEY_VALUE_STORE_ARN, STORE_CREDENTIALS, startStore } from './support/service.ts';
import { storesSuite } from './support/stores-suite.ts';

t.test('in memory', async (t) => storesSuite(t, createMemoryStores()));

t.test('DynamoDB and the KeyValueStore, over sockets', async (t) => {
  const { tableName } = await startStore(t);
  const client = createKeyValueStoreClient({
    ...{ region: 'us-east-1', credentials: STORE_CREDENTIALS, maxAttempts: 1 },
    endpoint: process.env['KEY_VALUE_STORE_ENDPOINT'] ?? '',
  });
  const db = new DynamoDBClient({});
  // This DynamoDB is always consistent, so the test checks that the code asks for consistent reads.
  db.middlewareStack.add(
    (next, { commandName }) =>
      (call) => {
        const isConsistent = 'ConsistentRead' in call.input && call.input.ConsistentRead === true;
        if (commandName === 'GetItemCommand' && !isConsistent) throw new Error('a read that may be old');
        return next(call);
      },
    { step: 'initialize' },
  );
  t.teardown(() => db.destroy());
  storesSuite(
    t,
    createStores({ db, tableName }, createEdgeStore({ client, keyValueStoreArn: KEY_VALUE_STORE_ARN })),
  );
});

t.test('a writer that thaws between single deletes has lost, and removes nothing more', async (t) => {
  await startStore(t);
  const client = createKeyValueStoreClient({
    ...{ region: 'us-east-1', credentials: STORE_CREDENTIALS, maxAttempts: 1 },
    endpoint: process.env['KEY_VALUE_STORE_ENDPOINT'] ?? '',
  });
  const edge = createEdgeStore({ client, keyValueStoreArn: KEY_VALUE_STORE_ARN });
  const [first, missing, last] = ['first', 'missing', 'last'].map(parseUserId);
  if (!first || !missing || !last) throw new Error('no ids');
  const entry = (start: number) => `0,${start},|0,`;
  const version = async () => (await edge.describe()).version;
  await edge.write(await version(), [
    { userId: first, entry: entry(1) },
    { userId: last, entry: entry(1) },
  ]);
  let deletes = 0;
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (call) => {
        try {
          return await next(call);
        } finally {
          // Another process writes while this one is frozen, before its third delete.
          if (commandName === 'DeleteKeyCommand' && ++deletes === 2) {
            await edge.write(await version(), [{ userId: last, entry: entry(2) }]);
          }
        }
      },
    { step: 'initialize' },
  );
  const gone = [first, missing, last].map((userId) => ({ userId, entry: undefined }));
  t.equal(await edge.write(await version(), gone), false);
  const { bytes } = await edge.describe();
  t.equal(bytes, last.length + entry(2).length, "the other process's write stays");
});

t.test('an empty answer by a server in front of DynamoDB is no user, no lease and no write', async (t) => {
  const between = await listenOnLoopback((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
  }, 0);
  t.teardown(() => between.close(0));
  const { port } = between;
  const db = new DynamoDBClient({
    region: 'us-east-1',
    credentials: STORE_CREDENTIALS,
    endpoint: `http://127.0.0.1:${port}`,
  });
  t.teardown(() => db.destroy());
  const stores = createStores(
    { db, tableName: 'sessions' },
    createEdgeStore({ client: createKeyValueStoreClient({}), keyValueStoreArn: KEY_VALUE_STORE_ARN }),
  );
  const unavailable = { code: 'store_unavailable' };
  const alice = parseUserId('alice');
  await t.rejects(stores.users.read(alice), unavailable);
  await t.rejects(stores.users.write(alice, 0, NEW_USER), unavailable);
  await t.rejects(stores.users.due(0, 1), unavailable);
  await t.rejects(stores.tokens.turnIntoTicket('id', 'hash', 0), unavailable);
  await t.rejects(stores.lease.swap('number', undefined), unavailable);
});
