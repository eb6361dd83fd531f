import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { MultipartStore, ObjectStore } from '../domain/file-ports.ts';
import type { ClockGuard } from '../domain/ports.ts';
import type { CompareClock } from './clock-comparison.ts';
import { guardedBy } from './clock-guard.ts';
import { createMultipartStore } from './multipart.ts';
import { createObjectStore } from './objects.ts';
import { createPutPresigner } from './put-presigner.ts';

export interface FilesOptions {
  client: S3ClientConfig;
  bucketName: string;
  now: () => number;
  compareClock: CompareClock;
  clockGuard: Pick<ClockGuard, 'check'>;
}

/**
 * The files in a bucket, with uploads in one PUT and in parts. While the clock is wrong, no upload begins, and no
 * address is signed: both throw GatewayError clock_wrong.
 */
export async function createFiles({
  client,
  bucketName,
  now,
  compareClock,
  clockGuard,
}: FilesOptions): Promise<{ objects: ObjectStore; multipart: MultipartStore }> {
  const s3 = new S3Client(client);
  compareClock(s3);
  const presigner = await createPutPresigner({ s3, bucketName, now });
  const by = guardedBy(clockGuard);
  const bucket = { s3, bucketName, presigner: { ...presigner, presign: by(presigner.presign) } };
  const multipart = createMultipartStore(bucket);
  return {
    objects: createObjectStore(bucket),
    multipart: { ...multipart, create: by(multipart.create) },
  };
}
