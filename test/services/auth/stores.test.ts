import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { createKeyValueStoreClient } from '../../../services/auth/adapters/key-value-store-client.ts';
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
  // This DynamoDB is consistent whether it is asked to or not.
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
  storesSuite(t, createStores({ db, tableName }, { client, keyValueStoreArn: KEY_VALUE_STORE_ARN }));
});
