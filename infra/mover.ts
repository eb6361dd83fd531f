import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { Duration } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { allow, allowList, FILES, grantKey } from './grants.ts';
import { acknowledgeFindings } from './nag-reasons.ts';
import {
  createFunction,
  grantDetails,
  grantRecords,
  type ServiceCode,
  type Stores,
  storeSettings,
} from './service.ts';

/** The longest time that Lambda gives a function. In it, S3 copies several hundred gigabytes. */
const TIMEOUT = Duration.minutes(15);

/**
 * Makes the function that copies, moves and restores files inside S3 (services/mover). It has no address, and no service
 * of AWS may call it. The role of the service alone may (`createService`).
 */
export function createMover(
  scope: Construct,
  code: ServiceCode,
  parts: Stores & { bucket: s3.IBucket },
): lambda.Function {
  const { moverConcurrency, keepDeletedDays, maxUserBytes, maxTeamBytes } = code.values;
  const mover = createFunction(scope, 'Mover', code, {
    program: 'mover',
    grants: [
      (role) => grantRecords(role, parts),
      (role) => grantVersions(role, parts.bucket),
      (role) => grantKey(role, code.values),
      (role) => grantDetails(role, parts.details, ['GetItem', 'PutItem', 'DeleteItem', 'Query']),
    ],
    memorySize: 512,
    timeout: TIMEOUT,
    ...defined({ reservedConcurrentExecutions: moverConcurrency }),
    environment: {
      ...storeSettings(parts),
      KEEP_DELETED_DAYS: String(keepDeletedDays),
      ...defined({ MAX_USER_BYTES: maxUserBytes?.toString(), MAX_TEAM_BYTES: maxTeamBytes?.toString() }),
    },
  });
  // A large move goes on in the background. If it breaks off, the next try replaces its own copy.
  mover.configureAsyncInvoke({ retryAttempts: 2, maxEventAge: Duration.hours(1) });
  return mover;
}

/**
 * It reads and writes files, and their versions. Without ListBucket on the whole bucket, a missing file would be 403 in
 * place of 404: a request for one file has no prefix.
 */
function grantVersions(role: iam.Role, bucket: s3.IBucket): void {
  allow(
    role,
    [
      ...['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject', 's3:AbortMultipartUpload'],
      ...['s3:DeleteObject', 's3:DeleteObjectVersion'],
    ],
    FILES.map((keys) => bucket.arnForObjects(keys)),
  );
  allow(role, ['s3:ListBucket'], [bucket.bucketArn]);
  allowList(role, bucket, 's3:ListBucketVersions', FILES);
  acknowledgeFindings(role, {
    'IAM5[Resource::<Files8E6940B8.Arn>/users/*]': 'It copies for each user in turn, inside S3.',
    'IAM5[Resource::<Files8E6940B8.Arn>/teams/*]': 'It copies for each team in turn, inside S3.',
  });
}
