import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import t, { type Test } from 'tap';
import type { S3Event } from '../../../../services/local/s3/events.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import { ACCOUNT_ID, Bucket, put, REGION, s3Client, startS3, TEMPLATE } from '../support/local-s3.ts';
import { VERSIONED_TEMPLATE } from '../support/versioned-template.ts';

async function start(t: Test, template: object) {
  const events: S3Event[] = [];
  const directory = temporaryDirectory(t);
  let nowMs = Date.now();
  const { store, port } = await startS3({
    ...{ template, directory, now: () => nowMs },
    onEvent: (event) => void events.push(event),
  });
  const client = s3Client(port);
  t.teardown(async () => {
    client.destroy();
    await store.close();
  });
  const pass = (ms: number) => {
    nowMs += ms;
    client.config.systemClockOffset = nowMs - Date.now();
  };
  return { client, events, pass, now: () => nowMs };
}

/** The events since the last call, without what is new each time. Each is greater than the one before. */
function taken(t: Test, events: S3Event[], now: number): object[] {
  const told = events.splice(0);
  const sequence = told.map(({ detail }) => detail.object.sequencer);
  t.strictSame(sequence, [...new Set(sequence)].toSorted());
  return told.map(({ id: _id, time, detail, ...event }) => {
    t.equal(time, `${new Date(now).toISOString().slice(0, 19)}Z`);
    t.strictSame(event, {
      ...{ version: '0', account: ACCOUNT_ID, region: REGION, source: 'aws.s3' },
      'detail-type': detail['deletion-type'] ? 'Object Deleted' : 'Object Created',
      resources: [`arn:aws:s3:::${Bucket}`],
    });
    const { bucket, version, object, ...rest } = detail;
    t.strictSame([bucket, version], [{ name: Bucket }, '0']);
    const { sequencer: _sequencer, etag, 'version-id': versionId, ...named } = object;
    const has = [...(etag === undefined ? [] : ['etag']), ...(versionId === undefined ? [] : ['version-id'])];
    if (etag !== undefined) t.match(etag, /^[0-9a-f]{32}(?:-1)?$/);
    return { ...named, has: has.join(), ...rest };
  });
}

const REQUESTER = { requester: ACCOUNT_ID };
const WHOLE = 'etag,version-id';

/** Uploads a file in one part. */
async function inParts(client: S3Client, Key: string): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const part = { Bucket, Key, UploadId, PartNumber: 1, Body: 'abc' };
  const { ETag } = await client.send(new UploadPartCommand(part));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
}

t.test('each change of a bucket with versions is told, whole', async (t) => {
  const { client, events, pass, now } = await start(t, VERSIONED_TEMPLATE);
  const remove = (Key: string, VersionId?: string) =>
    client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  await put(client, 'a', 'hello');
  await inParts(client, 'b');
  await client.send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `${Bucket}/a` }));
  const created = (key: string, size: number, reason: string) => ({
    ...{ key, size, has: WHOLE, ...REQUESTER, reason },
  });
  t.strictSame(taken(t, events, now()), [
    created('a', 5, 'PutObject'),
    created('b', 3, 'CompleteMultipartUpload'),
    created('c', 5, 'CopyObject'),
  ]);
  const { VersionId: marker } = await remove('a');
  await remove('nothing', '0'.repeat(32));
  const deletion = { ...REQUESTER, reason: 'DeleteObject' };
  const hidden = (key: string) => ({
    ...{ key, has: 'version-id', ...deletion, 'deletion-type': 'Delete Marker Created' },
  });
  t.strictSame(taken(t, events, now()), [hidden('a')], 'a version that is not there is no change');
  await remove('a', marker);
  const forGood = { ...deletion, 'deletion-type': 'Permanently Deleted' };
  t.strictSame(taken(t, events, now()), [{ key: 'a', has: 'version-id', ...forGood }]);
  const Objects = ['b', 'c'].map((Key) => ({ Key }));
  await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  t.strictSame(taken(t, events, now()), ['b', 'c'].map(hidden));
  pass(9 * 86_400_000);
  await put(client, 'later', '1');
  const expired = { requester: 's3.amazonaws.com', reason: 'Lifecycle Expiration' };
  t.strictSame(
    taken(t, events, now()),
    [
      ...['b', 'c'].flatMap((key) =>
        ['version-id', WHOLE].map((has) => ({
          ...{ key, has, ...expired, 'deletion-type': 'Permanently Deleted' },
        })),
      ),
      created('later', 1, 'PutObject'),
    ],
    'a lone marker goes too',
  );
});

t.test('each change of a bucket without versions is told, whole', async (t) => {
  const { client, events, now } = await start(t, TEMPLATE);
  await put(client, 'a', 'hello');
  await put(client, 'a', '');
  const remove = () => client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  await remove();
  await remove();
  t.strictSame(taken(t, events, now()), [
    { key: 'a', size: 5, has: 'etag', ...REQUESTER, reason: 'PutObject' },
    { key: 'a', size: 0, has: 'etag', ...REQUESTER, reason: 'PutObject' },
    {
      ...{ key: 'a', has: 'etag', ...REQUESTER, reason: 'DeleteObject' },
      'deletion-type': 'Permanently Deleted',
    },
  ]);
});
