import { ListObjectsV2Command, type ListObjectsV2Output } from '@aws-sdk/client-s3';
import t from 'tap';
import { Bucket, put, s3Client, startS3 } from '../support/local-s3.ts';

t.test('lists in UTF-8 order, by pages, and rolls up', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  // In the order of UTF-16 the last two would be exchanged.
  const keys = ['a', 'a/1', 'a/2', 'b/1', 'b/2', 'c', '\uffee', '😀'];
  for (const key of [...keys].reverse()) await put(client, key);
  // A list without an end must end the test. So no more pages are asked for than there are keys.
  const pagesOf = async (input: object) => {
    const pages: (string | undefined)[][] = [];
    let next: { ContinuationToken?: string } | undefined = {};
    while (next && pages.length <= keys.length) {
      const page: ListObjectsV2Output = await client.send(
        new ListObjectsV2Command({ Bucket, ...input, ...next }),
      );
      const { Contents = [], CommonPrefixes = [], NextContinuationToken: token } = page;
      pages.push([...Contents.map(({ Key }) => Key), ...CommonPrefixes.map(({ Prefix }) => Prefix)]);
      next = token === undefined ? undefined : { ContinuationToken: token };
    }
    return pages;
  };
  t.strictSame(await pagesOf({ MaxKeys: 3 }), [keys.slice(0, 3), keys.slice(3, 6), keys.slice(6)]);
  t.strictSame(
    await pagesOf({ MaxKeys: 4 }),
    [keys.slice(0, 4), keys.slice(4)],
    'a full last page is the last',
  );
  const rolledUp = await pagesOf({ Delimiter: '/', MaxKeys: 1, EncodingType: 'url' });
  t.strictSame(rolledUp.flat(), ['a', 'a/', 'b/', 'c', '%EF%BF%AE', '%F0%9F%98%80']);
  const after = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'b/', StartAfter: 'b/1' }));
  t.strictSame(
    after.Contents?.map(({ Key }) => Key),
    ['b/2'],
  );
  t.equal(after.IsTruncated, false);
});
