import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { Bucket, ROLE, s3Client, startS3, TEMPLATE } from '../support/local-s3.ts';

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
