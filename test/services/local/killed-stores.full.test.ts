import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import {
  DescribeKeyValueStoreCommand,
  ListKeysCommand,
  PutKeyCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import { DynamoDBClient, PutItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { readTemplate } from '../../../edge/local/template/template.ts';
import { createKeyValueStoreClient } from '../../../services/auth/edge/key-value-store.ts';
import { DUE_INDEX } from '../../../services/auth/table/dynamodb.ts';
import { createTables } from '../../../services/local/stores.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { ACCOUNT_ID, BUCKET as Bucket, OPERATOR, REGION, s3Client, TEMPLATE } from './support/local-s3.ts';

const PROCESS = fileURLToPath(new URL('support/stores-process.ts', import.meta.url));
const KILLS = 12;

t.setTimeout(300_000);
const names = { region: REGION, accountId: ACCOUNT_ID };

/** Content by name: `s3:`, `kvs:` or `db:`, and the key. */
type Content = Record<string, string>;
type Stores = Awaited<ReturnType<typeof startStores>>;

async function startStores(directory: string) {
  const child = fork(PROCESS);
  child.send({ directory, template: TEMPLATE, ...names, credentials: [OPERATOR] });
  const [{ arn: KvsARN, ...ports }] = await once(child, 'message');
  const endpoint = `http://localhost:${ports.dynamodb}`;
  const { tableName: TableName } = await createTables(readTemplate(TEMPLATE, names), OPERATOR, endpoint);
  const shared = { region: REGION, credentials: OPERATOR, maxAttempts: 1 };
  return {
    KvsARN,
    TableName,
    s3: s3Client(ports.s3),
    kvs: createKeyValueStoreClient({ ...shared, endpoint: `http://localhost:${ports.kvs}` }),
    db: new DynamoDBClient({ ...shared, endpoint }),
    async kill() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

type Step = [name: string, change: (stores: Stores, value: string) => Promise<unknown>];

/** The changes of the stores, in turns. Each is a new value of one name. */
const STEPS: Step[] = [
  ['s3:a', ({ s3 }, Body) => s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body }))],
  ['s3:film', ({ s3 }, Body) => upload(s3, 'film', Body)],
  [
    'kvs:alice',
    async ({ kvs, KvsARN }, Value) => {
      const { ETag: IfMatch } = await kvs.send(new DescribeKeyValueStoreCommand({ KvsARN }));
      await kvs.send(new PutKeyCommand({ KvsARN, Key: 'alice', Value, IfMatch }));
    },
  ],
  [
    'db:bob',
    ({ db, TableName }, value) => {
      // Each change moves the item in the index.
      const due = { [DUE_INDEX.partitionKey]: { S: 'all' }, [DUE_INDEX.sortKey]: { N: `${Date.now()}` } };
      return db.send(
        new PutItemCommand({ TableName, Item: { pk: { S: 'bob' }, value: { S: value }, ...due } }),
      );
    },
  ],
];

function stepOf(round: number): Step {
  const step = STEPS[round % STEPS.length];
  if (!step) throw new Error('no step');
  return step;
}

async function upload(s3: Stores['s3'], Key: string, Body: string): Promise<void> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const part = { Bucket, Key, UploadId, PartNumber: 1 };
  const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
}

async function contentOf({ s3, kvs, KvsARN, db, TableName }: Stores): Promise<Content> {
  const content: Content = {};
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  for (const { Key = '' } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    content[`s3:${Key}`] = (await Body?.transformToString()) ?? '';
  }
  const { Items: keys = [] } = await kvs.send(new ListKeysCommand({ KvsARN }));
  for (const { Key, Value = '' } of keys) content[`kvs:${Key}`] = Value;
  const { Items = [] } = await db.send(new ScanCommand({ TableName }));
  const index = new QueryCommand({
    TableName,
    IndexName: DUE_INDEX.name,
    KeyConditionExpression: `${DUE_INDEX.partitionKey} = :all`,
    ExpressionAttributeValues: { ':all': { S: 'all' } },
  });
  const { Items: indexed = [] } = await db.send(index);
  const dueOf = (items: typeof Items) => items.map((item) => item[DUE_INDEX.sortKey]?.N);
  if (!isDeepStrictEqual(dueOf(indexed), dueOf(Items))) throw new Error('the index does not agree');
  for (const { pk, value } of Items) content[`db:${pk?.S}`] = value?.S ?? '';
  return content;
}

t.test('killed while they write, the stores keep every answered change', async (t) => {
  const directory = temporaryDirectory(t);
  let allowed: Content[] = [{}];
  for (let round = 0; round <= KILLS; round++) {
    const stores = await startStores(directory);
    const content = await contentOf(stores);
    const expected = allowed.find((one) => isDeepStrictEqual(one, content)) ?? allowed[0];
    t.strictSame(content, expected, `after kill ${round}: as before the last change, or as after it`);
    const [name, change] = stepOf(round);
    await change(stores, `answered ${round}`);
    const before = { ...content, [name]: `answered ${round}` };
    const after = { ...content, [name]: `killed ${round}` };
    // The kill comes in the middle of this change, at a later place in each round.
    const isAnswered = change(stores, `killed ${round}`).then(
      () => true,
      () => false,
    );
    await setTimeout(round);
    await stores.kill();
    allowed = (await isAnswered) ? [after] : [before, after];
  }
});
