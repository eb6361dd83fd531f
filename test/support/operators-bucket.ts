import { S3Client } from '@aws-sdk/client-s3';
import type { Test } from 'tap';
import { BUCKET, REGION } from '../../services/local/state.ts';
import type { Bucket } from './multipart-suite.ts';
import type { TestStack } from './test-stack.ts';

/** The bucket of a local stack, opened with the operator's credentials. */
export function operatorsBucket(t: Test, { s3Origin, state }: TestStack): Bucket {
  const credentials = state.secrets.operator;
  const s3 = new S3Client({ endpoint: s3Origin, region: REGION, forcePathStyle: true, credentials });
  t.teardown(() => s3.destroy());
  return { s3, bucketName: BUCKET, bucketUrl: `${s3Origin}/${BUCKET}` };
}
