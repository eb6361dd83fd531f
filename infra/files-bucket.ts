import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { defined } from '../core/defined.ts';
import type { FilesHostValues } from './files-host-values.ts';
import { acknowledgeFindings } from './nag-reasons.ts';

/** The bucket lets in the distribution, and signed uploads from the app's page. */
export function createBucket(scope: Construct, values: FilesHostValues): s3.Bucket {
  const { bucketName, keepDeletedDays } = values;
  const bucket = new s3.Bucket(scope, 'Files', {
    ...defined({ bucketName }),
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    encryption: s3.BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    // A first deployment that fails leaves nothing behind. Later the files stay, whatever happens to the stack.
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    cors: [
      {
        allowedOrigins: [values.appOrigin],
        allowedMethods: [s3.HttpMethods.PUT],
        allowedHeaders: ['content-type', 'if-none-match', 'x-amz-checksum-sha256', 'x-amz-content-sha256'],
        exposedHeaders: ['ETag'],
        maxAge: 3600,
      },
    ],
    versioned: keepDeletedDays > 0,
    lifecycleRules: [
      { abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ...(keepDeletedDays > 0
        ? [{ noncurrentVersionExpiration: Duration.days(keepDeletedDays), expiredObjectDeleteMarker: true }]
        : []),
    ],
  });
  acknowledgeFindings(bucket, {
    S1: 'Reads are in the access log of CloudFront, and what users write is in the log of the service.',
  });
  return bucket;
}

/**
 * The distribution may read users' files and nothing else. With ListBucket, a missing key is 404 NoSuchKey instead of
 * 403.
 */
export function letDistributionRead(bucket: s3.Bucket, distribution: cloudfront.Distribution): void {
  for (const [action, resource] of [
    ['s3:GetObject', bucket.arnForObjects('users/*')],
    ['s3:ListBucket', bucket.bucketArn],
  ] as const) {
    bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        actions: [action],
        resources: [resource],
        principals: [new iam.ServicePrincipal('cloudfront.amazonaws.com')],
        conditions: { StringEquals: { 'AWS:SourceArn': distribution.distributionArn } },
      }),
    );
  }
}
