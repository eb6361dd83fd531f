import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import t, { type Test } from 'tap';
import { NOTHING_REVOKED } from '../../../core/entry-format.ts';
import { parseUserId } from '../../../core/user-id.ts';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import { createEdgeStore, createKeyValueStoreClient } from '../../../services/auth/edge/key-value-store.ts';
import { NEW_USER } from '../../../services/auth/sessions/record.ts';
import { createMemoryStores } from './support/memory-stores.ts';
import { KEY_VALUE_STORE_ARN, STORE_CREDENTIALS, startStore, storesOf } from './support/service.ts';
import { storesSuite } from './support/stores-suite.ts';

t.test('in memory', async (t) => storesSuite(t, createMemoryStores()));

t.test('DynamoDB and the KeyValueStore, over sockets', async (t) => {
  const { tableName, edge } = await startEdgeStore(t);
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
  storesSuite(t, storesOf({ db, tableName }, edge));
});

t.test('a delete of keys that are missing changes the version all the same', async (t) => {
  const { edge } = await startEdgeStore(t);
  const missing = parseUserId('missing');
  const before = (await edge.describe()).version;
  const answer = await edge.write(before, [{ key: missing, entry: undefined }]);
  t.ok(answer && answer.version !== before);
  t.equal((await edge.describe()).bytes, 0);
  // Another process read the version before that, and writes what has expired since.
  t.equal(await edge.write(before, [{ key: missing, entry: entry(1) }]), false);
  t.equal((await edge.describe()).bytes, 0);
});

t.test('a writer that thaws between its two updates has lost, and removes nothing more', async (t) => {
  const { client, edge } = await startEdgeStore(t);
  const [first, missing, last] = [parseUserId('first'), parseUserId('missing'), parseUserId('last')];
  const version = async () => (await edge.describe()).version;
  await edge.write(await version(), [
    { key: first, entry: entry(1) },
    { key: last, entry: entry(1) },
  ]);
  let updates = 0;
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (call) => {
        const answer = await next(call);
        // Another process writes while this one is frozen. The first update was refused, since a key is missing.
        if (commandName === 'UpdateKeysCommand' && ++updates === 1) {
          await edge.write(await version(), [{ key: last, entry: entry(2) }]);
        }
        return answer;
      },
    { step: 'initialize' },
  );
  const gone = [first, missing, last].map((key) => ({ key, entry: undefined }));
  t.equal(await edge.write(await version(), gone), false);
  const emptied = [first, missing].reduce((sum, id) => sum + id.length + NOTHING_REVOKED.length, 0);
  const { bytes } = await edge.describe();
  t.equal(bytes, emptied + last.length + entry(2).length, "the other process's write stays");
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
  const stores = storesOf({ db, tableName: 'sessions' });
  const unavailable = { code: 'store_unavailable' };
  const alice = parseUserId('alice');
  await t.rejects(stores.users.read(alice), unavailable);
  await t.rejects(stores.users.write(alice, 0, NEW_USER), unavailable);
  await t.rejects(stores.due.list('pending', 1), unavailable);
  await t.rejects(stores.tokens.turnIntoTicket('id', { ticketHash: 'hash', expiresAtEpoch: 0 }), unavailable);
  await t.rejects(stores.numbers.next(1), unavailable);
  await t.rejects(stores.numbers.skip(1), unavailable);
  await t.rejects(stores.lease.write(0, { isHeld: true }), unavailable);
});

t.test('an answer of the KeyValueStore that is nonsense counts as no write', async (t) => {
  let headers: Record<string, string> = {};
  let body: object = {};
  const between = await listenOnLoopback((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  }, 0);
  t.teardown(() => between.close(0));
  const client = createKeyValueStoreClient({
    ...{ region: 'us-east-1', credentials: STORE_CREDENTIALS },
    endpoint: `http://localhost:${between.port}`,
  });
  t.teardown(() => client.destroy());
  const edge = createEdgeStore({ client, keyValueStoreArn: KEY_VALUE_STORE_ARN });
  const [etag, requestId] = [{ etag: 'KV1' }, { 'x-amzn-requestid': 'r' }];
  const size = { ItemCount: 1, TotalSizeInBytes: 9 };
  const ask = (given: Record<string, string>, answer: object) => {
    [headers, body] = [given, answer];
    return Promise.allSettled([
      edge.describe(),
      edge.write('KV0', [{ key: 'a', entry: entry(1) }]),
      edge.write('KV0', [{ key: 'a', entry: undefined }]),
    ]);
  };
  const nonsense: [Record<string, string>, object, RegExp][] = [
    [{}, {}, /no ETag/],
    [requestId, size, /no ETag/],
    [{ ...requestId, etag: '' }, size, /no ETag/],
  ];
  for (const [given, answer, words] of nonsense) {
    for (const [index, outcome] of (await ask(given, answer)).entries()) {
      t.equal(outcome.status, 'rejected', `row ${index}`);
      t.match(outcome.status === 'rejected' && String(outcome.reason), words, `row ${index}`);
    }
  }
  const good = await ask({ ...etag, ...requestId }, size);
  t.strictSame(
    good.map((outcome) => outcome.status === 'fulfilled' && outcome.value),
    good.map(() => ({ version: 'KV1', bytes: 9 })),
  );
});

const entry = (start: number) => `0,${start},|0,`;

async function startEdgeStore(t: Test) {
  const { tableName } = await startStore(t);
  const client = createKeyValueStoreClient({
    ...{ region: 'us-east-1', credentials: STORE_CREDENTIALS, maxAttempts: 1 },
    endpoint: process.env['KEY_VALUE_STORE_ENDPOINT'] ?? '',
  });
  return { tableName, client, edge: createEdgeStore({ client, keyValueStoreArn: KEY_VALUE_STORE_ARN }) };
}
