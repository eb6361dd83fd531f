import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketAclCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { signForS3 } from '../../../../edge/local/origin/sigv4.ts';
import {
  BUCKET,
  CLOUDFRONT,
  OPERATOR,
  OTHER_DISTRIBUTION,
  REGION,
  ROLE,
  raw,
  s3Client,
  startS3,
  TEMPLATE,
} from '../support/local-s3.ts';

const Bucket = BUCKET;
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

async function put(client: S3Client, Key: string, Body: string | Buffer = Key): Promise<string> {
  return (await client.send(new PutObjectCommand({ Bucket, Key, Body }))).ETag ?? '';
}

async function get(client: S3Client, Key: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToString()) ?? '';
}

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
  for (const key of ODD_KEYS) t.equal(await get(client, key), key);
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
    t.equal(ContentLength, bytes.length);
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
    t.match(answer, { ContentRange, $metadata: { httpStatusCode: 206 } });
  }
  for (const Range of ['bytes=0-1,3-4', 'bytes=4-2', 'lines=1-2']) {
    t.equal(await (await read({ Range })).Body?.transformToString(), '0123456789', Range);
  }
  await t.rejects(read({ Range: 'bytes=10-' }), { name: 'InvalidRange' });
  await t.rejects(read({ Range: 'bytes=-0' }), { name: 'InvalidRange' });
  const { LastModified = new Date(0) } = await read({});
  const ifRange = async (value: string) => {
    const signed = signForS3(
      { method: 'GET', host: `localhost:${port}`, rawPath: `/${BUCKET}/k`, rawQuery: '' },
      { ...OPERATOR, region: REGION },
      Date.now(),
    );
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
  t.equal(await get(client, 'k'), 'x');
  t.ok(await write({ IfMatch: head.ETag }));
  const tooLong = client.send(new PutObjectCommand({ Bucket, Key: 'é'.repeat(513), Body: '' }));
  await t.rejects(tooLong, { name: 'KeyTooLongError' });
});

t.test('lists in UTF-8 order, by pages, and rolls up', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  // In the order of UTF-16 the last two would be exchanged.
  const keys = ['a', 'a/1', 'a/2', 'b/1', 'b/2', 'c', '\uffee', '😀'];
  for (const key of [...keys].reverse()) await put(client, key);
  const pages: string[][] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket, MaxKeys: 3, ...(ContinuationToken ? { ContinuationToken } : {}) }),
    );
    pages.push((page.Contents ?? []).map(({ Key = '' }) => Key));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  t.strictSame(pages, [keys.slice(0, 3), keys.slice(3, 6), keys.slice(6)]);

  const seen: (string | undefined)[] = [];
  do {
    const page = await client.send(
      new ListObjectsV2Command({
        Bucket,
        Delimiter: '/',
        MaxKeys: 1,
        EncodingType: 'url',
        ...(ContinuationToken ? { ContinuationToken } : {}),
      }),
    );
    seen.push(page.Contents?.[0]?.Key ?? page.CommonPrefixes?.[0]?.Prefix);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  t.strictSame(seen, ['a', 'a/', 'b/', 'c', '%EF%BF%AE', '%F0%9F%98%80']);
  const after = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'b/', StartAfter: 'b/1' }));
  t.strictSame(
    after.Contents?.map(({ Key }) => Key),
    ['b/2'],
  );
  t.equal(after.IsTruncated, false);
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
  t.match(refused.Errors, [{ Key: 'a', Code: 'AccessDenied' }]);
});

t.test('uploads in parts, over a restart', async (t) => {
  const first = await startS3();
  const Key = 'users/abc/film.mp4';
  const part = randomBytes(5 * 1024 * 1024);
  const { UploadId } = await s3Client(first.port).send(
    new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'video/mp4' }),
  );
  const one = await s3Client(first.port).send(
    new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: part }),
  );
  await first.store.close();
  const second = await startS3({ directory: first.directory });
  t.teardown(() => second.store.close());
  const client = s3Client(second.port);
  const two = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 2, Body: 'end' }));
  const { Parts } = await client.send(new ListPartsCommand({ Bucket, Key, UploadId }));
  t.match(Parts, [
    { PartNumber: 1, Size: part.length, ETag: one.ETag },
    { PartNumber: 2, Size: 3 },
  ]);
  const complete = (...parts: { PartNumber: number; ETag: string | undefined }[]) =>
    client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: parts } }),
    );
  const [first1, second2] = [
    { PartNumber: 1, ETag: one.ETag },
    { PartNumber: 2, ETag: two.ETag },
  ];
  await t.rejects(complete(second2, first1), { name: 'InvalidPartOrder' });
  await t.rejects(complete({ PartNumber: 1, ETag: two.ETag }), { name: 'InvalidPart' });
  await t.rejects(complete({ PartNumber: 3, ETag: two.ETag }), { name: 'InvalidPart' });
  const other = new UploadPartCommand({
    Bucket,
    Key: 'users/xyz/film.mp4',
    UploadId,
    PartNumber: 1,
    Body: 'x',
  });
  await t.rejects(client.send(other), { name: 'NoSuchUpload' });
  t.match((await complete(first1, second2)).ETag, /^"[0-9a-f]{32}-2"$/);
  const across = await client.send(
    new GetObjectCommand({ Bucket, Key, Range: `bytes=${part.length - 2}-${part.length}` }),
  );
  const bytes = Buffer.from((await across.Body?.transformToByteArray()) ?? '');
  t.ok(bytes.equals(Buffer.concat([part.subarray(-2), Buffer.from('e')])));
  t.equal(across.ContentType, 'video/mp4');
  await t.rejects(complete(first1), { name: 'NoSuchUpload' });
});

t.test('an upload with SHA-256: every part has one, and is completed by it', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port, ROLE);
  const Key = 'users/abc/film.mp4';
  const create = async (input: object) =>
    (await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...input }))).UploadId;
  const UploadId = await create({ ChecksumAlgorithm: 'SHA256' });
  const part = { Bucket, Key, UploadId, PartNumber: 1, Body: 'hello' };
  const ChecksumSHA256 = 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=';
  await t.rejects(client.send(new UploadPartCommand(part)), { name: 'InvalidRequest' }, 'none');
  const other = new UploadPartCommand({ ...part, ChecksumSHA256: `M${ChecksumSHA256.slice(1)}` });
  await t.rejects(client.send(other), { name: 'BadDigest' });
  const { ETag } = await client.send(new UploadPartCommand({ ...part, ChecksumSHA256 }));
  const { Parts } = await client.send(new ListPartsCommand({ Bucket, Key, UploadId }));
  t.match(Parts, [{ PartNumber: 1, Size: 5, ETag, ChecksumSHA256 }]);
  const complete = (sha256: object) =>
    client.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag, ...sha256 }] },
      }),
    );
  await t.rejects(complete({}), { name: 'InvalidRequest' });
  await t.rejects(complete({ ChecksumSHA256: `M${ChecksumSHA256.slice(1)}` }), { name: 'InvalidPart' });
  t.ok(await complete({ ChecksumSHA256 }));

  const plain = { ...part, UploadId: await create({}), ChecksumSHA256 };
  await t.rejects(client.send(new UploadPartCommand(plain)), { name: 'InvalidRequest' }, 'not announced');
  const { UploadId: plainId } = plain;
  await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: plainId }));
  await t.rejects(client.send(new ListPartsCommand({ Bucket, Key, UploadId: plainId })), {
    name: 'NoSuchUpload',
  });
});

t.test('aborts uploads that nobody has completed, by the lifecycle rule of the bucket', async (t) => {
  let nowMs = 0;
  const { store, port, directory } = await startS3({ now: () => nowMs });
  t.teardown(() => store.close());
  const client = s3Client(port);
  /** Set before each request, because the SDK takes the true time from the Date header of each answer. */
  const at = (time: string) => {
    nowMs = Date.parse(time);
    client.config.systemClockOffset = nowMs - Date.now();
  };
  const Key = 'users/abc/film.mp4';
  const create = async () => (await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))).UploadId;
  at('2026-11-25T12:00:00Z');
  const UploadId = await create();
  at('2026-11-25T12:00:00Z');
  await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'x' }));
  const files = () => readdirSync(join(directory, 'data')).length;
  at('2026-11-26T23:59:59Z');
  await create();
  t.equal(files(), 1, 'a day, and up to midnight');
  at('2026-11-27T00:00:00Z');
  await create();
  t.equal(files(), 0);
  at('2026-11-27T00:00:00Z');
  const list = new ListPartsCommand({ Bucket, Key, UploadId });
  await t.rejects(client.send(list), { name: 'NoSuchUpload' });

  const text = JSON.stringify(TEMPLATE).replace('"AbortIncompleteMultipartUpload"', '"ExpirationInDays"');
  await t.rejects(startS3({ template: JSON.parse(text) }), { message: /ExpirationInDays is not modelled/ });
});

t.test('lets each principal do what the template says, and nothing else', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const Key = 'users/abc/a.png';
  const denied = { name: 'AccessDenied' };
  const role = s3Client(port, ROLE);
  await put(role, Key, 'hello');
  await t.rejects(put(role, 'other/a.png'), denied);
  await t.rejects(get(role, Key), denied);
  await t.rejects(role.send(new DeleteObjectCommand({ Bucket, Key: 'other/a.png' })), denied);
  const listed = await role.send(new ListObjectsV2Command({ Bucket, Prefix: 'users/abc/' }));
  t.equal(listed.KeyCount, 1);
  await t.rejects(role.send(new ListObjectsV2Command({ Bucket, Prefix: 'user' })), denied);
  await t.rejects(role.send(new ListObjectsV2Command({ Bucket })), denied);
  await t.rejects(role.send(new ListBucketsCommand({})), denied);

  const cloudfront = s3Client(port, CLOUDFRONT);
  t.equal(await get(cloudfront, Key), 'hello');
  await t.rejects(cloudfront.send(new DeleteObjectCommand({ Bucket, Key })), denied);
  await t.rejects(get(cloudfront, 'users/abc/none'), { name: 'NoSuchKey' });
  await t.rejects(put(cloudfront, Key), denied);
  await t.rejects(get(s3Client(port, OTHER_DISTRIBUTION), Key), denied);
  await t.rejects(get(s3Client(port, OTHER_DISTRIBUTION), 'users/abc/none'), denied);

  const operator = s3Client(port);
  const { Buckets } = await operator.send(new ListBucketsCommand({}));
  t.match(Buckets, [{ Name: BUCKET }]);
  t.ok(await operator.send(new HeadBucketCommand({ Bucket })));
  await t.rejects(operator.send(new HeadBucketCommand({ Bucket: 'another' })), { name: 'NotFound' });
  await t.rejects(operator.send(new GetBucketAclCommand({ Bucket })), { name: 'NotImplemented' });
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

t.test('lists in the first version too, page by page', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  const keys = ['a/1', 'a/2', 'b', 'c/1', 'd'];
  for (const key of keys) await put(client, key);
  const pages: unknown[] = [];
  let Marker: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsCommand({ Bucket, Delimiter: '/', MaxKeys: 2, ...(Marker ? { Marker } : {}) }),
    );
    pages.push([page.CommonPrefixes?.map(({ Prefix }) => Prefix), page.Contents?.map(({ Key }) => Key)]);
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  t.strictSame(pages, [
    [['a/'], ['b']],
    [['c/'], ['d']],
  ]);
  t.equal((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status, undefined);
  t.strictSame((await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'b' }))).TagSet, []);
  await t.rejects(client.send(new CreateBucketCommand({ Bucket })), { name: 'BucketAlreadyOwnedByYou' });
});

t.test('a requester who may not list does not learn which keys exist', async (t) => {
  const text = JSON.stringify(TEMPLATE);
  const template = JSON.parse(
    text.replace(
      '"s3:ListBucket","Condition":{"StringEquals"',
      '"s3:GetBucketCORS","Condition":{"StringEquals"',
    ),
  );
  const { store, port } = await startS3({ template });
  t.teardown(() => store.close());
  await put(s3Client(port), 'users/k', 'x');
  t.equal(await get(s3Client(port, CLOUDFRONT), 'users/k'), 'x');
  await t.rejects(get(s3Client(port, CLOUDFRONT), 'users/none'), { name: 'AccessDenied' });
});

t.test('answers nobody without a valid signature, and no foreign name', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  await put(s3Client(port), 'k', 'secret');
  const path = `/${BUCKET}/k`;
  t.match(await raw(port, 'GET', path), { status: 403, body: '<Code>AccessDenied</Code>' });
  t.match(await raw(port, 'GET', '/'), { status: 403 });
  t.match(await raw(port, 'PUT', path, {}, 'x'), { status: 403 });
  t.match(await raw(port, 'HEAD', path), { status: 403, body: '' });
  t.match(await raw(port, 'GET', '/?x=%ff'), { status: 400, body: '<Code>InvalidURI</Code>' });
  const guessed = s3Client(port, { ...OPERATOR, secretAccessKey: 'guessed' });
  await t.rejects(get(guessed, 'k'), { name: 'SignatureDoesNotMatch' });
  const stranger = s3Client(port, { ...OPERATOR, accessKeyId: 'STRANGER' });
  await t.rejects(get(stranger, 'k'), { name: 'InvalidAccessKeyId' });
  t.match(await raw(port, 'GET', path, { host: `evil.example:${port}` }), {
    status: 421,
    body: `http://localhost:${port}/`,
  });
  t.match(await raw(port, 'GET', path, { host: `127.0.0.1:${port}` }), { status: 403 });
});

t.test('answers pages as the CORS rules of the bucket say', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const app = { origin: 'http://localhost:3000' };
  const preflight = {
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'Content-Type, If-None-Match',
  };
  t.match(await raw(port, 'OPTIONS', `/${BUCKET}`, { ...app, ...preflight }), {
    status: 200,
    headers: {
      'access-control-allow-origin': 'http://localhost:3000',
      'access-control-allow-headers': 'content-type, if-none-match',
      'access-control-max-age': '3600',
      vary: 'Origin',
    },
  });
  const refused = [
    { ...preflight, origin: 'http://localhost:3001' },
    { ...preflight, origin: 'null' },
    { ...app, ...preflight, 'access-control-request-method': 'DELETE' },
    { ...app, ...preflight, 'access-control-request-method': 'POST' },
    { ...app, ...preflight, 'access-control-request-headers': 'x-amz-acl' },
  ];
  for (const headers of refused) {
    const answer = await raw(port, 'OPTIONS', `/${BUCKET}`, headers);
    t.equal(answer.status, 403);
    t.equal(answer.headers['access-control-allow-origin'], undefined);
  }
  const error = await raw(port, 'PUT', `/${BUCKET}/k`, app, 'x');
  t.match(error, { status: 403, headers: { 'access-control-allow-origin': app.origin } });
  t.equal((await raw(port, 'GET', '/', app)).headers['access-control-allow-origin'], undefined);
});
