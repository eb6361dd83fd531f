import type { FilesHostValues } from './values-schema.ts';

type Rules = Pick<FilesHostValues, 'appOrigin' | 'keepDeletedDays'>;

/**
 * The CORS rule and the lifecycle rules that a bucket for the files needs, in the form of the S3 API: `gateway check`
 * looks for them at a bucket that existed before. The stack's own bucket has the same (files-host.ts).
 */
export function bucketRules({ appOrigin, keepDeletedDays }: Rules) {
  return {
    cors: {
      AllowedOrigins: [appOrigin],
      AllowedMethods: ['PUT'],
      AllowedHeaders: ['content-type', 'if-none-match', 'x-amz-checksum-sha256', 'x-amz-content-sha256'],
      ExposeHeaders: ['ETag'],
    },
    unfinished: { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
    deleted: {
      NoncurrentVersionExpiration: { NoncurrentDays: keepDeletedDays },
      Expiration: { ExpiredObjectDeleteMarker: true },
    },
  };
}
