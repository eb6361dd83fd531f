import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import { BUCKET as Bucket, s3Client, startS3 } from '../support/local-s3.ts';
import { get } from '../support/objects.ts';

const DAY_MS = 86_400_000;

t.test('a kill between an object and the end of its upload loses nothing', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await startS3({ directory });
  const client = s3Client(first.port);
  const Key = 'users/abc/film';
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const part = { Bucket, Key, UploadId, PartNumber: 1, Body: 'bytes' };
  const { ETag } = await client.send(new UploadPartCommand(part));
  const uploads = join(directory, 'uploads');
  const [name = ''] = readdirSync(uploads);
  const record = readFileSync(join(uploads, name));
  const complete = new CompleteMultipartUploadCommand({
    Bucket,
    Key,
    UploadId,
    MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
  });
  await client.send(complete);
  await first.store.close();

  // The state that a kill before the unlink leaves.
  writeFileSync(join(uploads, name), record);
  const second = await startS3({ directory, now: () => Date.now() });
  const again = s3Client(second.port);
  await t.rejects(again.send(complete), { name: 'NoSuchUpload' });
  await t.rejects(again.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })), {
    name: 'NoSuchUpload',
  });
  t.equal(await get(again, Key), 'bytes');
  await second.store.close();

  writeFileSync(join(uploads, name), record);
  const third = await startS3({ directory, now: () => Date.now() + 30 * DAY_MS });
  t.teardown(() => third.store.close());
  t.strictSame(readdirSync(uploads), []);
  const [file = ''] = readdirSync(join(directory, 'data'));
  t.equal(
    readFileSync(join(directory, 'data', file), 'utf8'),
    'bytes',
    'the lifecycle rule loses nothing either',
  );
});
