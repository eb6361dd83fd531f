// Weekly, because of its bytes: it writes some twelve gigabytes. `.ci/run` has the same with small files, and a service
// that does not wait for them. Last result, November 2026: all 22 held in 186 s, with a copy of 1.1 GB in each of its
// moves.
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { largeMovesSuite } from './support/large-moves.ts';

t.setTimeout(1_800_000);

const PART_BYTES = 64 * 1_024 ** 2;
const PARTS = 17;

await largeMovesSuite(t, {
  size: PARTS * PART_BYTES,
  // All but the first part are copied inside S3.
  async put({ s3, bucketName: Bucket }, Key) {
    const object = { Bucket, Key };
    await s3.send(new PutObjectCommand({ ...object, Body: Buffer.alloc(PART_BYTES, 'film.mp4') }));
    const { UploadId } = await s3.send(
      new CreateMultipartUploadCommand({ ...object, ContentType: 'video/mp4' }),
    );
    const Parts = [];
    for (let PartNumber = 1; PartNumber <= PARTS; PartNumber++) {
      const part = { ...object, UploadId, PartNumber, CopySource: `${Bucket}/${Key}` };
      const { CopyPartResult } = await s3.send(new UploadPartCopyCommand(part));
      Parts.push({ PartNumber, ETag: CopyPartResult?.ETag });
    }
    const complete = { ...object, UploadId, MultipartUpload: { Parts } };
    await s3.send(new CompleteMultipartUploadCommand(complete));
  },
});
