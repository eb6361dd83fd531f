import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { UpdateKeysCommand } from '@aws-sdk/client-cloudfront-keyvaluestore';
import { DynamoDBClient, ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import t, { type Test } from 'tap';
import { createKeyValueStoreClient } from '../../services/auth/edge/key-value-store.ts';
import { createLocalDynamoDb } from '../../services/local/dynamodb.ts';
import { startFaults } from '../../services/local/settings.ts';
import { BUCKET as Bucket, REGION as region } from '../../services/local/state.ts';
import { nextSecond, parseJson, png, signIn } from '../support/client.ts';
import {
  freePortVariables,
  startTestStack,
  type TestStack,
  temporaryDirectory,
} from '../support/test-stack.ts';

const needsRoot = process.getuid?.() === 0 ? false : 'needs root, to mount a tmpfs';

/** A disk of its own, of 60 MB. */
function smallDisk(t: Test): string {
  const directory = temporaryDirectory(t);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=60m', 'tmpfs', directory]);
  t.teardown(() => execFileSync('umount', ['--lazy', directory]));
  return directory;
}

/** Fills the disk to the last byte. @returns a function that makes room again */
function fill(directory: string, name = 'filler'): () => void {
  const file = join(directory, name);
  const fd = openSync(file, 'w');
  for (let size = 1_024 * 1_024; size > 0; ) {
    try {
      writeSync(fd, Buffer.alloc(size));
    } catch {
      size = Math.floor(size / 2);
    }
  }
  closeSync(fd);
  return () => rmSync(file);
}

/** One writer for each of the stores. */
async function writersOf(t: Test, { settings, state, keyValueStore, directory }: TestStack) {
  const { ports } = settings;
  const client = { region, credentials: state.secrets.service, maxAttempts: 1 };
  const s3 = new S3Client({ ...client, endpoint: `http://localhost:${ports.s3}`, forcePathStyle: true });
  const dynamodb = new DynamoDBClient({ ...client, endpoint: `http://localhost:${ports.dynamodb}` });
  const kvs = createKeyValueStoreClient({ ...client, endpoint: `http://localhost:${ports.cloudFrontApi}` });
  for (const each of [s3, dynamodb, kvs]) t.teardown(() => each.destroy());
  const big = 'x'.repeat(100_000);
  const { TableNames = [] } = await dynamodb.send(new ListTablesCommand({}));
  const TableName = TableNames.find((name) => name.includes('Sessions'));
  const { keyValueStoreArn: KvsARN } = JSON.parse(readFileSync(join(directory, 'kvs.json'), 'utf8'));
  return {
    s3: () => s3.send(new PutObjectCommand({ Bucket, Key: 'users/x/y', Body: big })),
    dynamodb: () =>
      dynamodb.send(new PutItemCommand({ TableName, Item: { pk: { S: 'test' }, big: { S: big } } })),
    keyValueStore: () =>
      kvs.send(
        new UpdateKeysCommand({
          KvsARN,
          IfMatch: keyValueStore.describe().etag,
          Puts: Array.from({ length: 40 }, (_, i) => ({ Key: `k${i}`, Value: 'x'.repeat(1_000) })),
        }),
      ),
  };
}

t.test(
  'a full disk: uploads fail with a reason, people sign in and delete, and with room everything works again',
  { skip: needsRoot },
  async (t) => {
    const directory = smallDisk(t);
    const env = await freePortVariables();
    const stack = await startTestStack(t, { directory, env });
    const alice = await signIn(stack, 'alice');
    const { url } = await alice.upload({ name: 'a.png', type: 'image/png', bytes: png() });
    for (const name of ['b.png', 'c.png']) await alice.upload({ name, type: 'image/png', bytes: png(name) });
    const shared = await alice.post('/api/shares', { name: 'b.png' });
    const link = (await parseJson<{ url: string }>(shared)).url;
    const writers = await writersOf(t, stack);
    const fails = (name: keyof typeof writers) =>
      t.rejects(Promise.resolve(writers[name]()), { message: /no space left/ }, name);

    const makeRoom = fill(directory);
    for (let round = 0; round < 3; round++) {
      await fails('s3');
      t.equal((await alice.request(url)).status, 200, 'a file is read');
      t.equal((await alice.request(`${stack.appOrigin}/auth/session`)).status, 200, 'a session is read');
      t.equal((await alice.request(`${stack.appOrigin}/api/files`)).status, 200, 'the list is read');
      await t.resolves(signIn(stack, `carol${round}`), 'a sign-in has a reserve');
    }
    const trashed = async () => {
      const answer = await alice.request(`${stack.appOrigin}/api/trash`);
      return (await parseJson<{ files: object[] }>(answer)).files.length;
    };
    for (const name of ['b.png', 'c.png']) {
      t.equal((await alice.delete(`/api/files?name=${name}`)).status, 204, 'a deletion has a reserve');
      await fails('s3');
    }
    t.equal((await fetch(link)).status, 403, 'the link of a deleted file opens nothing');
    t.equal(await trashed(), 2);
    await nextSecond();
    t.equal((await alice.delete('/api/trash')).status, 204, 'and so has emptying the trash');
    t.equal(await trashed(), 0);

    fill(directory, 'rest');
    await t.rejects(
      async () => {
        for (;;) await writers.dynamodb();
      },
      { message: /no space left/ },
      'the reserve ends',
    );
    await fails('keyValueStore');
    t.equal((await alice.request(url)).status, 200, 'a file is still read');
    rmSync(join(directory, 'rest'));

    makeRoom();
    await writers.s3();
    await writers.dynamodb();
    await writers.keyValueStore();
    const bob = await signIn(stack, 'bob');
    await bob.upload({ name: 'b.png', type: 'image/png', bytes: png('b') });
    await stack.close();

    const makeRoomAgain = fill(directory);
    const faultsOf = async (started: Promise<unknown>) => {
      const error: unknown = await started.catch((reason: unknown) => reason);
      return startFaults(error)?.map((fault) => fault.replace(/^.*(?=no space left)/, ''));
    };
    const elsewhere = startTestStack(t, { directory: join(directory, 'new') });
    t.match(
      await faultsOf(elsewhere),
      [/^no space left on the disk.*npm start -- --reset/],
      'a start says what is wrong, and what to delete',
    );
    const { service } = stack.state.secrets;
    const database = createLocalDynamoDb({
      directory: join(directory, 'db'),
      region,
      credentials: [service],
    });
    t.match(await faultsOf(database.listen(0)), [/^no space left on the disk.*npm start -- --reset/]);
    makeRoomAgain();
    const again = await startTestStack(t, { directory, env });
    const known = (user: typeof bob) => user.request(`${again.appOrigin}/auth/session`);
    t.equal((await known(alice)).status, 200, 'the old session is there');
    t.equal((await known(bob)).status, 200, 'the session from after the full disk is there');
    t.equal((await alice.request(url)).status, 200);
  },
);
