import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DescribeLimitsCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { createLocalDynamoDb } from '../../../services/local/dynamodb.ts';

const CREDENTIALS = { accessKeyId: 'LOCALDYNAMO', secretAccessKey: 'secret-of-the-database' };

function client(port: number, credentials = CREDENTIALS, region = 'us-east-1'): DynamoDBClient {
  return new DynamoDBClient({ endpoint: `http://localhost:${port}`, region, credentials, maxAttempts: 1 });
}

async function start(options: { directory?: string; now?: () => number } = {}) {
  const database = createLocalDynamoDb({
    directory: mkdtempSync(join(tmpdir(), 'gateway-dynamodb-')),
    region: 'us-east-1',
    credentials: [CREDENTIALS],
    ...options,
  });
  const { port } = await database.listen(0);
  return { database, port };
}

/** Sends a request that no HTTP client of the standard library would send. */
async function raw(
  port: number,
  headers: Record<string, string>,
  path = '/',
): Promise<{ status: number; body: string }> {
  const sent = request({ host: '127.0.0.1', port, method: 'POST', path, headers });
  sent.end('{}');
  const [response] = await once(sent, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, body };
}

t.test('writes conditionally, and keeps its items over a restart', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-dynamodb-'));
  const first = await start({ directory });
  const dynamodb = client(first.port);
  await dynamodb.send(
    new CreateTableCommand({
      TableName: 'sessions',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 60, minDelay: 0.1 }, { TableName: 'sessions' });
  const put = new PutItemCommand({
    TableName: 'sessions',
    Item: { pk: { S: 'session#1' }, name: { S: '写真' } },
    ConditionExpression: 'attribute_not_exists(pk)',
  });
  await dynamodb.send(put);
  await t.rejects(dynamodb.send(put), { name: 'ConditionalCheckFailedException' });
  dynamodb.destroy();
  await first.database.close();

  const second = await start({ directory });
  t.teardown(() => second.database.close());
  const { Item } = await client(second.port).send(
    new GetItemCommand({ TableName: 'sessions', Key: { pk: { S: 'session#1' } }, ConsistentRead: true }),
  );
  t.strictSame(Item, { pk: { S: 'session#1' }, name: { S: '写真' } });
});

t.test('takes requests only with a valid signature', async (t) => {
  const { database, port } = await start();
  t.teardown(() => database.close());
  const list = new ListTablesCommand({});
  t.strictSame((await client(port).send(list)).TableNames, []);
  await t.rejects(client(port, { ...CREDENTIALS, secretAccessKey: 'guessed' }).send(list), {
    name: 'InvalidSignatureException',
  });
  await t.rejects(client(port, { ...CREDENTIALS, accessKeyId: 'STRANGER' }).send(list), {
    name: 'UnrecognizedClientException',
  });
  await t.rejects(client(port, CREDENTIALS, 'eu-west-1').send(list), {
    name: 'IncompleteSignatureException',
  });
  const unsigned = await raw(port, {
    host: `localhost:${port}`,
    'x-amz-target': 'DynamoDB_20120810.ListTables',
    'content-type': 'application/x-amz-json-1.0',
  });
  t.equal(unsigned.status, 400);
  t.match(unsigned.body, 'MissingAuthenticationTokenException');
  const host = `localhost:${port}`;
  t.match(await raw(port, { host }, '/?a=%ff'), { status: 400, body: 'SerializationException' });
  const limits = client(port).send(new DescribeLimitsCommand({}));
  await t.rejects(limits, { name: 'UnknownOperationException', message: 'DescribeLimits' });
});

t.test('refuses every web page, and every foreign host name', async (t) => {
  const { database, port } = await start();
  t.teardown(() => database.close());
  const page = await raw(port, { host: `localhost:${port}`, origin: 'https://evil.example' });
  t.match(page, { status: 403, body: 'Origin' });
  const own = await raw(port, { host: `localhost:${port}`, origin: `http://localhost:${port}` });
  t.equal(own.status, 403);
  for (const host of [`evil.example:${port}`, `localhost.evil.example:${port}`, 'localhost'])
    t.match(await raw(port, { host }), { status: 421, body: `http://localhost:${port}/` }, host);
});
