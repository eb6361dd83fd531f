import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import { BUCKET as Bucket, s3Client, startS3 } from '../support/local-s3.ts';

const DAY_MS = 86_400_000;

async function get(client: S3Client, Key: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToString()) ?? '';
}

async function list(client: S3Client): Promise<unknown[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key }) => Key);
}

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

t.test('a damaged record, or one without its data, is put aside by name', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await startS3({ directory });
  const client = s3Client(first.port);
  const objects = join(directory, 'objects');
  const put = async (Key: string) => {
    const before = readdirSync(objects);
    await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    return readdirSync(objects).find((name) => !before.includes(name)) ?? '';
  };
  const dataOf = (name: string) => {
    const { record } = JSON.parse(readFileSync(join(objects, name), 'utf8'));
    return join(directory, 'data', record.pieces[0].file);
  };
  const [cut, empty, headless, short, whole] = [
    await put('cut'),
    await put('empty'),
    await put('headless'),
    await put('short'),
    await put('whole'),
  ];
  await first.store.close();
  truncateSync(join(objects, cut), 20);
  truncateSync(join(objects, empty), 0);
  rmSync(dataOf(headless));
  truncateSync(dataOf(short), 1);

  const said: string[] = [];
  t.capture(console, 'error', (line: unknown) => said.push(String(line)));
  const second = await startS3({ directory });
  t.teardown(() => second.store.close());
  const bad = [cut, empty, headless, short].map((name) => `${name}.bad`);
  t.strictSame(readdirSync(objects), [...bad, whole].toSorted());
  const file = (name: string) => join(objects, name);
  t.strictSame(
    said.map((line) => line.replace(/ \(.*?\):/, ':')).toSorted(),
    [cut, empty, headless, short]
      .map(file)
      .toSorted()
      .map((path) => `start: ${path} is damaged: it is now ${path}.bad, and the start goes on without it`),
  );
  t.strictSame(await list(s3Client(second.port)), ['whole']);
  t.equal(readdirSync(join(directory, 'data')).length, 4, 'the data of a damaged record is kept');
  t.equal(await get(s3Client(second.port), 'whole'), 'whole');
});
