import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import { Bucket, get, ROLE, s3Client, startS3, TEMPLATE } from '../support/local-s3.ts';

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
  t.match((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads, [{ Key, UploadId }]);
  const two = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 2, Body: 'end' }));
  const { Parts } = await client.send(new ListPartsCommand({ Bucket, Key, UploadId }));
  t.strictSame(
    Parts?.map(({ PartNumber, Size, ETag }) => [PartNumber, Size, ETag]),
    [
      [1, part.length, one.ETag],
      [2, 3, two.ETag],
    ],
  );
  const complete = (...parts: { PartNumber: number; ETag: string | undefined }[]) =>
    client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: parts } }),
    );
  const [first1, second2] = [
    { PartNumber: 1, ETag: one.ETag },
    { PartNumber: 2, ETag: two.ETag },
  ];
  await t.rejects(complete(second2, first1), { name: 'InvalidPartOrder' });
  await t.rejects(complete(first1, first1), { name: 'InvalidPartOrder' }, 'a part twice');
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

t.test('parts have numbers up to 10,000, and a size that only the last one may be below', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  const Key = 'users/abc/film.mp4';
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const upload = { Bucket, Key, UploadId };
  const part = (PartNumber: number, Body: string | Buffer = 'x') =>
    client.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
  for (const number of [0, 1.5, 10_001])
    await t.rejects(part(number), { name: 'InvalidArgument' }, `${number}`);
  const parts: { PartNumber: number; ETag: string | undefined }[] = [];
  for (const [PartNumber, Body] of [
    [1, Buffer.alloc(5 * 1_024 ** 2)],
    [2, 'x'],
    [10_000, 'y'],
  ] as const)
    parts.push({ PartNumber, ETag: (await part(PartNumber, Body)).ETag });
  const complete = (Parts: typeof parts) =>
    client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
  await t.rejects(complete(parts), { name: 'EntityTooSmall' });
  await t.rejects(complete(parts.slice(1)), { name: 'EntityTooSmall' });
  await t.rejects(complete([]), { name: 'MalformedXML' });
  const list = async (input: object) => {
    const { Parts = [], ...page } = await client.send(new ListPartsCommand({ ...upload, ...input }));
    const { IsTruncated, MaxParts, NextPartNumberMarker: next } = page;
    return [Parts.map(({ PartNumber }) => PartNumber), IsTruncated, MaxParts, next];
  };
  t.strictSame(await list({}), [[1, 2, 10_000], false, 1_000, '10000']);
  t.strictSame(await list({ MaxParts: 2 }), [[1, 2], true, 2, '2']);
  t.strictSame(await list({ MaxParts: 2_000, PartNumberMarker: '2' }), [[10_000], false, 1_000, '10000']);
  t.strictSame(await list({ PartNumberMarker: '10000' }), [[], false, 1_000, '10000']);
  t.ok(await complete(parts.slice(0, 2)));
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
  const mismatch = (expected: string, actual: string) => ({
    name: 'InvalidRequest',
    message: `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${actual}`,
  });
  await t.rejects(client.send(new UploadPartCommand(part)), mismatch('sha256', 'null'));
  const other = new UploadPartCommand({ ...part, ChecksumSHA256: `M${ChecksumSHA256.slice(1)}` });
  await t.rejects(client.send(other), { name: 'BadDigest' });
  const { ETag } = await client.send(new UploadPartCommand({ ...part, ChecksumSHA256 }));
  const { Parts } = await client.send(new ListPartsCommand({ Bucket, Key, UploadId }));
  t.strictSame(
    Parts?.map(({ LastModified, ...one }) => one),
    [{ PartNumber: 1, Size: 5, ETag, ChecksumSHA256 }],
  );
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
  await t.rejects(client.send(new UploadPartCommand(plain)), mismatch('null', 'sha256'), 'not announced');
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

t.test('a damaged record is put aside, and its data is kept', async (t) => {
  const first = await startS3();
  const client = s3Client(first.port);
  for (const Key of ['cut', 'whole']) await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  await first.store.close();
  const objects = join(first.directory, 'objects');
  const cut = readdirSync(objects).find((name) =>
    readFileSync(join(objects, name), 'utf8').includes('"cut"'),
  );
  truncateSync(join(objects, cut ?? ''), 20);
  t.capture(console, 'error');
  const second = await startS3({ directory: first.directory });
  t.teardown(() => second.store.close());
  t.equal(await get(s3Client(second.port), 'whole'), 'whole');
  await t.rejects(get(s3Client(second.port), 'cut'), { name: 'NoSuchKey' });
  t.ok(existsSync(join(objects, `${cut}.bad`)));
  t.equal(readdirSync(join(first.directory, 'data')).length, 2, 'the data of both');
});
