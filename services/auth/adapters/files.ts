import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { MultipartStore, ObjectStore } from '../domain/file-ports.ts';
import { createMultipartStore } from './multipart.ts';
import { createObjectStore } from './objects.ts';
import { createPutPresigner } from './put-presigner.ts';

/** The files in a bucket, with uploads in one PUT and in parts. */
export async function createFiles(options: {
  client: S3ClientConfig;
  bucketName: string;
  now: () => number;
}): Promise<{ objects: ObjectStore; multipart: MultipartStore }> {
  const { client, bucketName, now } = options;
  const s3 = new S3Client(client);
  const presigner = await createPutPresigner({ s3, bucketName, now });
  const bucket = { s3, bucketName, presigner };
  return { objects: createObjectStore(bucket), multipart: createMultipartStore(bucket) };
}
