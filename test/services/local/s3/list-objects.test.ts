import {
  CreateBucketCommand,
  GetBucketVersioningCommand,
  GetObjectTaggingCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { s3Client, startS3 } from '../support/local-s3.ts';
import { Bucket, put } from '../support/objects.ts';

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
