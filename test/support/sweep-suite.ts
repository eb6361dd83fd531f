import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Test } from 'tap';
import { sweep } from '../../services/operator/cli/user-objects.ts';

/**
 * Removes everything of one user, and nothing else. These tests are the same for every S3, with and without versions.
 */
export async function sweepSuite(
  t: Test,
  bucket: { s3: S3Client; bucketName: string },
  { isVersioned, many }: { isVersioned: boolean; many: number },
): Promise<void> {
  const { s3, bucketName: Bucket } = bucket;
  const put = (Key: string, Body = '12345') => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  const begin = (Key: string) => s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const names = Array.from({ length: many }, (_, index) => `users/alice/${index}`);
  while (names.length > 0) await Promise.all(names.splice(0, 50).map((name) => put(name)));
  await put('users/alice/0', 'another');
  await put('users/alice/写真 & <b>+.png');
  await put('users/alice/gone');
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'users/alice/gone' }));
  for (const key of ['users/alice/film', 'users/alice/film', 'users/bob/film']) await begin(key);
  for (const key of ['users/alicia', 'users/alice2/a', 'users/bob/a', 'users/Alice/a']) await put(key);

  const versions = isVersioned ? many + 3 : many + 1;
  // The replaced file has a newer version of 7 bytes. The deleted file is there as an old version only.
  const bytes = 5 * (many + 1) + (isVersioned ? 7 + 5 : 2);
  const all = { versions, bytes, uploads: 2 };
  t.strictSame(await sweep(bucket, 'users/alice/', false), all, 'a look');
  t.strictSame(await sweep(bucket, 'users/alice/', true), all);
  t.strictSame(await sweep(bucket, 'users/alice/', true), { versions: 0, bytes: 0, uploads: 0 });
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  const keys = Versions.map(({ Key }) => Key).toSorted();
  t.strictSame(keys, ['users/Alice/a', 'users/alice2/a', 'users/alicia', 'users/bob/a']);
  t.strictSame(DeleteMarkers, []);
  // Reads one page at a time, because a longer list comes in pages.
  const page = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 3 }));
  const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page;
  const rest = await s3.send(new ListObjectVersionsCommand({ Bucket, KeyMarker, VersionIdMarker }));
  t.strictSame([page.IsTruncated, rest.IsTruncated], [true, false]);
  t.strictSame(
    [...(page.Versions ?? []), ...(rest.Versions ?? [])].map(({ Key }) => Key),
    Versions.map(({ Key }) => Key),
  );
  await begin('users/bob/a');
  await begin('users/bob/film');
  const first = await s3.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: 2 }));
  const second = await s3.send(
    new ListMultipartUploadsCommand({
      Bucket,
      KeyMarker: first.NextKeyMarker,
      UploadIdMarker: first.NextUploadIdMarker,
    }),
  );
  t.strictSame([first.IsTruncated, second.IsTruncated], [true, false]);
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  t.strictSame(
    Uploads.map(({ Key }) => Key),
    ['users/bob/a', 'users/bob/film', 'users/bob/film'],
  );
  t.strictSame(
    Uploads.map(({ UploadId }) => UploadId).toSorted(),
    [...(first.Uploads ?? []), ...(second.Uploads ?? [])].map(({ UploadId }) => UploadId).toSorted(),
  );
}
