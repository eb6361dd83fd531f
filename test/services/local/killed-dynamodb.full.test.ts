import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ResourceInUseException,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { bundle } from '../../../infra/build.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

const STRACE = '/usr/bin/strace';
const skip = existsSync(STRACE) ? false : `needs ${STRACE} (Debian: strace)`;
const parent = temporaryDirectory(t);
// Dozens of processes are started. Each is ready in a fraction of the time if it has one file to load.
bundle([fileURLToPath(new URL('support/dynamodb-process.ts', import.meta.url))], parent, ['classic-level']);
const PROCESS = join(parent, 'dynamodb-process.mjs');
// Some parts of the database are loaded by their names.
symlinkSync(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(parent, 'node_modules'));
/** LevelDB is native code, so the system calls of its threads are counted. */
const CALLS = 'write,writev,pwrite64,rename,renameat,renameat2,unlink,unlinkat';
const CREDENTIALS = { accessKeyId: 'LOCALDYNAMO', secretAccessKey: 'secret-of-the-database' };
const region = 'us-east-1';
const TableName = 'records';

t.setTimeout(1_200_000);

/** Content by key. Every item has its content as `owner` too, which is the index's key. */
type Content = Record<string, string>;

const item = (pk: string, owner: string) => ({ pk: { S: pk }, owner: { S: owner } });

const STEPS: [name: string, step: (db: DynamoDBClient) => Promise<unknown>, change: Content][] = [
  ['create table', createTable, {}],
  ['put', (db) => db.send(new PutItemCommand({ TableName, Item: item('a', 'alice') })), { a: 'alice' }],
  ['replace', (db) => db.send(new PutItemCommand({ TableName, Item: item('a', 'bob') })), { a: 'bob' }],
  ['put b', (db) => db.send(new PutItemCommand({ TableName, Item: item('b', 'bob') })), { b: 'bob' }],
  [
    'update',
    (db) =>
      db.send(
        new UpdateItemCommand({
          TableName,
          Key: { pk: { S: 'b' } },
          UpdateExpression: 'SET #owner = :owner',
          ExpressionAttributeNames: { '#owner': 'owner' },
          ExpressionAttributeValues: { ':owner': { S: 'carol' } },
        }),
      ),
    { b: 'carol' },
  ],
  ['delete', (db) => db.send(new DeleteItemCommand({ TableName, Key: { pk: { S: 'a' } } })), { a: '' }],
];

async function createTable(db: DynamoDBClient): Promise<void> {
  const create = new CreateTableCommand({
    TableName,
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'owner', AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'owners',
        KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  });
  await db.send(create).catch((error: unknown) => {
    if (!(error instanceof ResourceInUseException)) throw error;
  });
}

interface Running {
  child: ChildProcess;
  db: DynamoDBClient | undefined;
}

/** Only calls on these files count. LevelDB gave all of them their names. */
function filesOf(directory: string): string[] {
  const numbers = Array.from({ length: 30 }, (_, number) => String(number).padStart(6, '0'));
  const numbered = numbers.flatMap((n) => [`${n}.log`, `${n}.ldb`, `${n}.dbtmp`, `MANIFEST-${n}`]);
  return [...numbered, 'CURRENT', 'LOG', 'LOG.old'].flatMap((name) => ['-P', join(directory, name)]);
}

/** @param when the number of the call, counted in each thread, before which the process is killed; 0 for none */
async function start(directory: string, when: number): Promise<Running> {
  const inject = when > 0 ? ['-e', `inject=${CALLS}:signal=KILL:when=${when}`] : [];
  const strace = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${CALLS}`, ...inject, ...filesOf(directory)];
  const child = spawn(STRACE, [...strace, process.execPath, PROCESS], {
    stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
    env: { PATH: process.env['PATH'], UV_THREADPOOL_SIZE: '1' },
  });
  child.on('error', () => {});
  child.send({ directory, region, credentials: [CREDENTIALS] }, () => {});
  const [message] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (typeof message !== 'object' || message === null) return { child, db: undefined };
  const endpoint = `http://localhost:${message.port}`;
  return { child, db: new DynamoDBClient({ endpoint, region, credentials: CREDENTIALS, maxAttempts: 1 }) };
}

async function stop({ child, db }: Running): Promise<void> {
  db?.destroy();
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  if (child.connected) child.disconnect();
  await exited;
}

async function run(db: DynamoDBClient | undefined) {
  let before: Content = {};
  if (!db) return { before, after: before, atStep: 'start' };
  for (const [name, step, change] of STEPS) {
    const entries = Object.entries({ ...before, ...change }).filter(([, value]) => value !== '');
    const after = Object.fromEntries(entries);
    try {
      await step(db);
    } catch {
      return { before, after, atStep: name };
    }
    before = after;
  }
  return { before, after: before, atStep: 'end' };
}

async function contentOf(db: DynamoDBClient): Promise<Content> {
  const { Items = [] } = await db.send(new ScanCommand({ TableName, ConsistentRead: true }));
  const content: Content = {};
  for (const { pk, owner } of Items) {
    const { Item } = await db.send(
      new GetItemCommand({ TableName, Key: { pk: pk ?? { S: '' } }, ConsistentRead: true }),
    );
    content[Item?.['pk']?.S ?? ''] = owner?.S ?? '';
  }
  return content;
}

/** The items that the index finds, by owner. */
async function indexOf(db: DynamoDBClient): Promise<Content> {
  const found: Content = {};
  for (const owner of ['alice', 'bob', 'carol']) {
    const { Items = [] } = await db.send(
      new QueryCommand({
        TableName,
        IndexName: 'owners',
        KeyConditionExpression: '#owner = :owner',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: { ':owner': { S: owner } },
      }),
    );
    for (const { pk } of Items) found[pk?.S ?? ''] = owner;
  }
  return found;
}

t.test(
  'DynamoDB killed at each write, rename and removal: no answered change is lost',
  { skip },
  async (t) => {
    const steps = new Set<string>();
    let isWhole = false;
    for (let when = 1; !isWhole; when++) {
      const directory = join(parent, String(when));
      const killed = await start(directory, when);
      const { before, after, atStep } = await run(killed.db);
      await stop(killed);
      steps.add(atStep);
      isWhole = atStep === 'end';
      const again = await start(directory, 0);
      if (!again.db) throw new Error(`it does not start after a kill at call ${when}, in ${atStep}`);
      await createTable(again.db);
      const found = await contentOf(again.db);
      const isAfter = isDeepStrictEqual(found, after);
      const label = `call ${when}, in ${atStep}`;
      t.strictSame(found, isAfter ? after : before, `${label}: as before the step or as after it`);
      t.strictSame(await indexOf(again.db), found, `${label}: the index agrees`);
      await again.db.send(new PutItemCommand({ TableName, Item: item('z', 'alice') }));
      await stop(again);
    }
    const names = ['start', ...STEPS.map(([name]) => name), 'end'];
    t.strictSame([...steps].toSorted(), names.toSorted(), 'it was killed in each step');
  },
);
