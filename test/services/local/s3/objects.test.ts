import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { createS3Signer } from '../../../../edge/local/origin/sigv4.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import {
  BUCKET,
  Bucket,
  CLOUDFRONT,
  get,
  OPERATOR,
  put,
  REGION,
  raw,
  s3Client,
  startS3,
} from '../support/local-s3.ts';

const ODD_KEYS = [
  'users/abc/写真.png',
  "users/abc/it's(1)!*.png",
  'users/abc/a+b',
  'users/abc/a b',
  'users/abc/a%20b',
  'users/abc/../escape',
  '../../escape',
  '/leading//double/',
  'users/abc/<&>"\u0001',
  `users/abc/${'é'.repeat(500)}`,
  'users/abc',
  'users/abc.data',
];

function statusOf(sent: Promise<unknown>): Promise<number | undefined> {
  return sent.then(
    () => 200,
    (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode,
  );
}

t.test('keeps odd keys apart and bytes as they are, over a restart', async (t) => {
  const first = await startS3();
  for (const key of ODD_KEYS) await put(s3Client(first.port), key, `${key} old`);
  for (const key of ODD_KEYS) await put(s3Client(first.port), key);
  const data = join(first.directory, 'data');
  t.equal(readdirSync(data).length, ODD_KEYS.length, 'replaced bytes are gone');
  await first.store.close();
  writeFileSync(join(data, 'left-by-a-crash'), 'x');
  const second = await startS3({ directory: first.directory });
  t.teardown(() => second.store.close());
  const client = s3Client(second.port);
  for (const key of ODD_KEYS) t.equal(await get(client, key), key, key);
  t.equal(readdirSync(data).length, ODD_KEYS.length, 'the rest of a crash is gone');
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
  const byBytes = ODD_KEYS.map((key) => Buffer.from(key))
    .sort(Buffer.compare)
    .map(String);
  t.strictSame(
    Contents?.map(({ Key }) => Key),
    byBytes,
  );
});

t.test('only this user can read what is stored', async (t) => {
  const directory = join(temporaryDirectory(t), 'made');
  const { store, port } = await startS3({ directory });
  t.teardown(() => store.close());
  await put(s3Client(port), 'k');
  for (const name of ['data', 'objects', 'uploads']) {
    t.equal(statSync(join(directory, name)).mode & 0o777, 0o700, name);
    for (const file of readdirSync(join(directory, name)))
      t.equal(statSync(join(directory, name, file)).mode & 0o777, 0o600, name);
  }
});

t.test('stores 16 MB byte for byte, as a buffer and as a stream', async (t) => {
  const { store, port, directory } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  const bytes = randomBytes(16 * 1024 * 1024);
  const md5 = createHash('md5').update(bytes).digest('hex');
  t.equal(await put(client, 'big', bytes), `"${md5}"`);
  const pieces = Readable.from(
    Array.from({ length: 256 }, (_, i) => bytes.subarray(i * 65_536, (i + 1) * 65_536)),
  );
  await client.send(
    new PutObjectCommand({ Bucket, Key: 'streamed', Body: pieces, ContentLength: bytes.length }),
  );
  for (const Key of ['big', 'streamed']) {
    const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket, Key }));
    t.equal(ContentLength, bytes.length, Key);
    t.ok(bytes.equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0)), Key);
  }
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'big' }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'streamed' }));
  t.strictSame(readdirSync(join(directory, 'data')), [], 'nothing stays');
});

t.test('reads ranges and conditions', async (t) => {
  const now = Date.parse('2026-11-25T12:00:00.500Z');
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  const etag = await put(client, 'k', '0123456789');
  const read = (input: object) => client.send(new GetObjectCommand({ Bucket, Key: 'k', ...input }));
  const ranges = [
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=5-99', '56789', 'bytes 5-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
  ] as const;
  for (const [Range, text, ContentRange] of ranges) {
    const answer = await read({ Range });
    t.equal(await answer.Body?.transformToString(), text, Range);
    t.match(answer, { ContentRange, $metadata: { httpStatusCode: 206 } }, Range);
  }
  for (const Range of ['bytes=0-1,3-4', 'bytes=4-2', 'lines=1-2']) {
    t.equal(await (await read({ Range })).Body?.transformToString(), '0123456789', Range);
  }
  await t.rejects(read({ Range: 'bytes=10-' }), { name: 'InvalidRange' });
  await t.rejects(read({ Range: 'bytes=-0' }), { name: 'InvalidRange' });
  const { LastModified = new Date(0) } = await read({});
  const ifRange = async (value: string) => {
    const sign = createS3Signer({ ...OPERATOR, region: REGION }, `localhost:${port}`);
    const signed = sign({ method: 'GET', rawPath: `/${BUCKET}/k`, rawQuery: '' }, Date.now());
    return (await raw(port, 'GET', `/${BUCKET}/k`, { ...signed, range: 'bytes=0-1', 'if-range': value }))
      .status;
  };
  t.equal(await ifRange(etag), 206);
  t.equal(await ifRange(LastModified.toUTCString()), 206);
  t.equal(await ifRange(new Date(0).toUTCString()), 200);
  t.equal(await ifRange('"other"'), 200);
  await t.rejects(read({ IfMatch: '"other"' }), { name: 'PreconditionFailed' });
  t.ok(await read({ IfMatch: etag }));
  t.equal(await statusOf(read({ IfNoneMatch: etag })), 304);
  t.ok(await read({ IfNoneMatch: '"other"' }));
  t.equal(await statusOf(read({ IfModifiedSince: new Date(Date.now() + 1000) })), 304);
  t.ok(await read({ IfModifiedSince: new Date(now - 3600_000 * 24 * 400) }));
  const overridden = await read({
    ResponseContentType: 'text/csv',
    ResponseContentDisposition: 'attachment',
  });
  t.match(overridden, { ContentType: 'text/csv', ContentDisposition: 'attachment' });
});

t.test('keeps the headers of an object, and writes under conditions', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  const headers = {
    ContentType: 'text/plain; charset=utf-8',
    CacheControl: 'private',
    ContentDisposition: 'attachment; filename="x"',
    ContentEncoding: 'gzip',
    Metadata: { owner: 'alice' },
  };
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...headers }));
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  t.match(head, { ...headers, ContentLength: 1, ETag: '"9dd4e461268c8034f5c8564e155c67a6"' });
  const write = (input: object) =>
    client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'y', ...input }));
  await t.rejects(write({ IfNoneMatch: '*' }), { name: 'PreconditionFailed' });
  await t.rejects(write({ IfMatch: '"other"' }), { name: 'PreconditionFailed' });
  await t.rejects(write({ IfMatch: '*' }), { name: 'NotImplemented' });
  await t.rejects(write({ IfNoneMatch: head.ETag }), { name: 'NotImplemented' });
  t.equal(await get(client, 'k'), 'x');
  t.ok(await write({ IfMatch: head.ETag }));
  const tooLong = client.send(new PutObjectCommand({ Bucket, Key: 'é'.repeat(513), Body: '' }));
  await t.rejects(tooLong, { name: 'KeyTooLongError' });
});

t.test('deletes one and many', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  for (const key of ['a', 'b&<', 'c']) await put(client, key);
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'c' }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'c' }));
  const Objects = ['a', 'b&<', 'never'].map((Key) => ({ Key }));
  const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  t.strictSame(
    Deleted?.map(({ Key }) => Key),
    ['a', 'b&<', 'never'],
  );
  t.equal((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 0);
  const refused = await s3Client(port, CLOUDFRONT).send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
  );
  t.strictSame(
    refused.Errors?.map(({ Key, Code }) => [Key, Code]),
    Objects.map(({ Key }) => [Key, 'AccessDenied']),
  );
});

t.test('copies objects and parts, with their headers or new ones', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  const Key = 'users/abc/写真+1.png';
  await client.send(new PutObjectCommand({ Bucket, Key, Body: '0123456789', ContentType: 'image/png' }));
  const CopySource = `${BUCKET}/${encodeURIComponent(Key)}`;
  const copy = (input: object) =>
    client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource, ...input }));
  const { CopyObjectResult } = await copy({ ACL: 'private' });
  const read = () => client.send(new GetObjectCommand({ Bucket, Key: 'copy' }));
  const first = await read();
  t.equal(first.ETag, CopyObjectResult?.ETag);
  t.equal(first.ContentType, 'image/png');
  t.equal(await first.Body?.transformToString(), '0123456789');
  await copy({ MetadataDirective: 'REPLACE', ContentType: 'text/plain', Metadata: { a: 'b' } });
  const { ContentType, Metadata } = await read();
  t.strictSame([ContentType, Metadata], ['text/plain', { a: 'b' }]);
  await t.rejects(copy({ Key }), { name: 'InvalidRequest' });
  await t.rejects(copy({ CopySource: `${BUCKET}/none` }), { name: 'NoSuchKey' });
  await t.rejects(copy({ CopySource: 'another/k' }), { name: 'NoSuchBucket' });
  await t.rejects(copy({ ACL: 'public-read' }), { name: 'AccessControlListNotSupported' });

  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  const part = { Bucket, Key: 'parts', UploadId, PartNumber: 1, CopySource };
  const { CopyPartResult } = await client.send(
    new UploadPartCopyCommand({ ...part, CopySourceRange: 'bytes=2-4' }),
  );
  await t.rejects(client.send(new UploadPartCopyCommand({ ...part, CopySourceRange: 'bytes=2-10' })), {
    name: 'InvalidArgument',
  });
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: CopyPartResult?.ETag }] };
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'parts', UploadId, MultipartUpload }));
  t.equal(await get(client, 'parts'), '234');
});
