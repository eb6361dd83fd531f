import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import {
  DescribeKeyValueStoreCommand,
  ListKeysCommand,
  UpdateKeysCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { bundle } from '../../../infra/build.ts';
import { createKeyValueStoreClient } from '../../../services/auth/adapters/edge-store.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';
import { ACCOUNT_ID, BUCKET as Bucket, OPERATOR, REGION, s3Client, TEMPLATE } from './support/local-s3.ts';
import { type OpenStores, openStores, type StoresOptions } from './support/stores.ts';

t.setTimeout(1_200_000);

const DAY_MS = 86_400_000;

interface Stores {
  port: number;
  s3: S3Client;
  kvs: ReturnType<typeof createKeyValueStoreClient>;
  arn: string;
  /** Every upload that began. */
  uploads: { Key: string; Body: string; UploadId: string | undefined; ETag?: string | undefined }[];
  reopenAt(timeMs: number): Promise<unknown>;
  close(): Promise<void>;
}

/** Stores in a process of their own, which can be killed. */
interface MortalStores extends Stores {
  child: ChildProcess;
}

/** Content by name: files under their keys, entries of the KeyValueStore under `kvs:` and their keys. */
type Content = Record<string, string>;

/** The steps of one history, each with its change of the content if the store answers. */
const STEPS: [name: string, step: (stores: Stores) => Promise<unknown>, change: Content][] = [
  ['put', ({ s3 }) => put(s3, 'a', 'first'), { a: 'first' }],
  ['replace', ({ s3 }) => put(s3, 'a', 'second'), { a: 'second' }],
  ['upload', (stores) => upload(stores, 'film', 'film'), {}],
  ['complete', (stores) => complete(stores), { film: 'film' }],
  ['upload again', (stores) => upload(stores, 'film', 'remake'), {}],
  ['replace by parts', (stores) => complete(stores), { film: 'remake' }],
  ['upload for nothing', (stores) => upload(stores, 'other', 'other'), {}],
  ['abort', (stores) => abort(stores), {}],
  ['upload and forget', (stores) => upload(stores, 'forgotten', 'forgotten'), {}],
  ['revoke', (stores) => update(stores, [['alice', '1']]), { 'kvs:alice': '1' }],
  ['revoke more', (stores) => update(stores, [['alice', '2']]), { 'kvs:alice': '2' }],
  ['forget', (stores) => update(stores, [['bob', '1']], ['alice']), { 'kvs:bob': '1', 'kvs:alice': '' }],
  ['put b', ({ s3 }) => put(s3, 'b', 'b'), { b: 'b' }],
  ['delete', ({ s3 }) => s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' })), { a: '' }],
  [
    'delete many',
    ({ s3 }) => s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'b' }] } })),
    { b: '' },
  ],
  ['lifecycle', (stores) => reopenLater(stores), {}],
  ['put again', ({ s3 }) => put(s3, 'a', 'third'), { a: 'third' }],
];

function put(s3: S3Client, Key: string, Body: string) {
  return s3.send(new PutObjectCommand({ Bucket, Key, Body }));
}

/** Sends its one part twice, so that a part is replaced. A second part is sent and never chosen. */
async function upload({ s3, uploads }: Stores, Key: string, Body: string): Promise<void> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const begun: Stores['uploads'][number] = { Key, Body, UploadId };
  uploads.push(begun);
  const part = { Bucket, Key, UploadId, PartNumber: 1 };
  await s3.send(new UploadPartCommand({ ...part, Body: 'not these bytes' }));
  begun.ETag = (await s3.send(new UploadPartCommand({ ...part, Body }))).ETag;
  await s3.send(new UploadPartCommand({ ...part, PartNumber: 2, Body: 'left over' }));
}

async function complete({ s3, uploads }: Stores, { Key, UploadId, ETag } = lastOf(uploads)): Promise<void> {
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
}

async function abort({ s3, uploads }: Stores, { Key, UploadId } = lastOf(uploads)): Promise<void> {
  await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
}

function lastOf(uploads: Stores['uploads']): Stores['uploads'][number] {
  const last = uploads.at(-1);
  if (!last) throw new Error('no upload was begun');
  return last;
}

async function update({ kvs, arn: KvsARN }: Stores, puts: string[][], deletes: string[] = []) {
  const { ETag: IfMatch } = await kvs.send(new DescribeKeyValueStoreCommand({ KvsARN }));
  await kvs.send(
    new UpdateKeysCommand({
      KvsARN,
      IfMatch,
      Puts: puts.map(([Key = '', Value = '']) => ({ Key, Value })),
      Deletes: deletes.map((Key) => ({ Key })),
    }),
  );
}

async function reopenLater(stores: Stores): Promise<void> {
  await stores.reopenAt(Date.now() + 30 * DAY_MS);
  // The server that was closed has ended the connections of the former client.
  stores.s3.destroy();
  stores.s3 = s3Client(stores.port);
}

const parent = temporaryDirectory(t);
// Some 200 processes are started. Each is ready in a fraction of the time if it has one file to load.
bundle(
  ['stores-process', 'failpoints'].map((name) =>
    fileURLToPath(new URL(`support/${name}.ts`, import.meta.url)),
  ),
  parent,
);
const PROCESS = join(parent, 'stores-process.mjs');
const PRELOADED = join(parent, 'failpoints.mjs');

function optionsFor(directory: string): StoresOptions {
  return { directory, template: TEMPLATE, region: REGION, accountId: ACCOUNT_ID, credentials: [OPERATOR] };
}

function clientsOf({ port, kvsPort, arn }: OpenStores['place']) {
  const endpoint = `http://localhost:${kvsPort}`;
  const credentials = OPERATOR;
  const kvs = createKeyValueStoreClient({ endpoint, region: REGION, credentials, maxAttempts: 1 });
  return { port, s3: s3Client(port), kvs, arn, uploads: [] };
}

async function startStores(directory: string, failpoint: string): Promise<MortalStores> {
  const child = fork(PROCESS, {
    execArgv: ['--import', PRELOADED],
    env: { ...process.env, FAILPOINT: failpoint },
  });
  const ended = once(child, 'exit');
  const answer = async (message: object | number) => {
    child.send(message);
    const killed = ended.then(() => Promise.reject(new Error('killed')));
    return (await Promise.race([once(child, 'message'), killed]))[0];
  };
  const clients = clientsOf(await answer(optionsFor(directory)));
  const close = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { ...clients, child, reopenAt: answer, close };
}

/** Opens in this process what a killed one left. */
async function openAgain(directory: string): Promise<Stores> {
  const { place, reopenAt, close } = await openStores(optionsFor(directory));
  return { ...clientsOf(place), reopenAt, close };
}

async function stop({ close, s3, kvs }: Stores): Promise<void> {
  s3.destroy();
  kvs.destroy();
  await close();
}

/** Everything that is listed, with the content that reading it gives. */
async function contentOf({ s3, kvs, arn: KvsARN }: Stores): Promise<Content> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  const content: Content = {};
  for (const { Key = '' } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    content[Key] = (await Body?.transformToString()) ?? '';
  }
  const { Items = [] } = await kvs.send(new ListKeysCommand({ KvsARN }));
  for (const { Key, Value = '' } of Items) content[`kvs:${Key}`] = Value;
  return content;
}

function changed(content: Content, change: Content): Content {
  return Object.fromEntries(Object.entries({ ...content, ...change }).filter(([, value]) => value !== ''));
}

/** @returns the two contents that may be found: as before the unanswered step, and as after it */
async function runHistory(stores: Stores): Promise<{ before: Content; after: Content; atStep: string }> {
  let before: Content = {};
  for (const [name, step, change] of STEPS) {
    const after = changed(before, change);
    try {
      await step(stores);
    } catch {
      return { before, after, atStep: name };
    }
    before = after;
  }
  return { before, after: before, atStep: 'end' };
}

/** Sends what a client that lost answers may still ask for, then applies the lifecycle rule. */
async function pester(stores: Stores): Promise<void> {
  for (const begun of stores.uploads) {
    if (begun.ETag !== undefined) await complete(stores, begun).catch(() => {});
    await abort(stores, begun).catch(() => {});
  }
  await reopenLater(stores);
}

async function round(failpoint: string) {
  const directory = join(parent, failpoint);
  mkdirSync(directory);
  const stores = await startStores(directory, failpoint);
  const history = await runHistory(stores);
  return { directory, stores, history };
}

t.test('killed at each write, sync, rename and removal, no answered change is lost', async (t) => {
  const whole = await round('none@0');
  t.equal(whole.history.atStep, 'end');
  t.strictSame(await contentOf(whole.stores), whole.history.after);
  const calls = await tell(whole.stores, 'done?');
  await stop(whole.stores);
  t.comment(`${calls.length} calls: ${[...new Set(calls)].join(', ')}`);
  const failpoints = calls.flatMap((name, index) => {
    const kinds = name.startsWith('write') ? ['kill', 'half'] : ['kill'];
    // The written bytes outlive the process, synced or not.
    return name.startsWith('fsync') ? [] : kinds.map((kind) => ({ name, failpoint: `${kind}@${index + 1}` }));
  });
  for (const { name, failpoint } of failpoints) {
    const { directory, stores, history } = await round(failpoint);
    await stop(stores);
    const label = `${failpoint}, ${name}, in ${history.atStep}`;
    t.equal(stores.child.signalCode, 'SIGKILL', label);
    const again = await openAgain(directory);
    const found = await contentOf(again);
    t.strictSame(found, matching(found, history), `${label}: as before the step or as after it`);
    await pester({ ...again, uploads: stores.uploads });
    const left = await contentOf(again);
    for (const [key, value] of Object.entries(found)) {
      // An upload without an answer may be complete now.
      const newer = stores.uploads.filter(({ Key }) => Key === key).map(({ Body }) => Body);
      t.ok([value, ...newer].includes(left[key] ?? ''), `${label}: ${key} stays`);
    }
    await stop(again);
    rmSync(directory, { recursive: true });
  }
});

t.test('if the disk fails at any call, the change fails or is there', async (t) => {
  const directory = join(parent, 'failing');
  mkdirSync(directory);
  const stores = await startStores(directory, 'none@0');
  let before: Content = {};
  let failed = 0;
  for (let call = 1; call <= 13; call++) {
    const kind = call % 2 === 0 ? 'EIO' : 'ENOSPC';
    await tell(stores, `${kind}@${call}/13`);
    for (const [name, step, change] of STEPS) {
      const after = changed(before, change);
      const error = await step(stores).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      const found = await contentOf(stores);
      const label = `${kind} at call ${call}, ${name}`;
      if (error) failed++;
      t.strictSame(found, error ? matching(found, { before, after }) : after, label);
      before = found;
    }
  }
  await tell(stores, 'none@0');
  t.ok(failed > 50, `${failed} steps failed`);
  await stop(stores);
  const again = await openAgain(directory);
  t.strictSame(await contentOf(again), before, 'nothing else is lost after a restart');
  await stop(again);
});

/** The content that was found, if it is one of the two; else the older one. */
function matching(found: Content, { before, after }: { before: Content; after: Content }): Content {
  return isDeepStrictEqual(found, after) ? after : before;
}

async function tell({ child }: MortalStores, message: string): Promise<string[]> {
  child.send(message);
  const [{ done }] = await once(child, 'message');
  return done;
}
