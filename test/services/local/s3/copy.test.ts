import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { BUCKET, s3Client, startS3 } from '../support/local-s3.ts';
import { Bucket, get } from '../support/objects.ts';

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
