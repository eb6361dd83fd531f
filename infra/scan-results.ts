import { SCAN_RESULT } from '@cloudfront-cookie-gateway/auth/files/scan-result';
import { Duration } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { mailEvents } from './alarm.ts';
import { createFunction, grantDetails, type ServiceCode } from './service.ts';

/** A result that comes later than this says what a list has guessed by then. */
const MOST_AGE = Duration.hours(1);

/**
 * Makes the function that GuardDuty's results go to. It writes into the table of details what lists say of each file,
 * and reaches nothing else.
 */
export function createScanResults(
  scope: Construct,
  code: ServiceCode,
  { bucket, details }: { bucket: s3.IBucket; details: dynamodb.Table },
): lambda.Function {
  const scanned = createFunction(scope, 'Scanned', code, {
    program: 'scanned',
    grants: [(role) => grantDetails(role, details, ['GetItem', 'PutItem'])],
    memorySize: 256,
    timeout: Duration.seconds(15),
    environment: { DETAILS_TABLE_NAME: details.tableName, BUCKET_NAME: bucket.bucketName },
  });
  scanned.configureAsyncInvoke({ retryAttempts: 2, maxEventAge: MOST_AGE });
  new events.Rule(scope, 'ScanResults', {
    eventPattern: {
      source: ['aws.guardduty'],
      detailType: [SCAN_RESULT],
      detail: { s3ObjectDetails: { bucketName: [bucket.bucketName] } },
    },
    targets: [new LambdaFunction(scanned, { maxEventAge: MOST_AGE })],
  });
  return scanned;
}

/**
 * Sends a mail when a scan finds a threat or fails, and when the state of the scanner changes (GuardDuty User Guide,
 * "Monitoring S3 object scans with Amazon EventBridge": the names of the events, certain).
 */
export function mailScans(topic: sns.Topic, { bucketName }: s3.IBucket): void {
  const field = events.EventField.fromPath;
  mailEvents(
    topic,
    'FileBlocked',
    {
      source: ['aws.guardduty'],
      detailType: [SCAN_RESULT],
      detail: {
        s3ObjectDetails: { bucketName: [bucketName] },
        scanResultDetails: { scanResultStatus: ['THREATS_FOUND', 'ACCESS_DENIED', 'FAILED'] },
      },
    },
    `The scan of ${field('$.detail.s3ObjectDetails.objectKey')} ended with ${field('$.detail.scanResultDetails.scanResultStatus')}. See docs/operate.md, "Scans".`,
  );
  mailEvents(
    topic,
    'ScannerChanged',
    {
      source: ['aws.guardduty'],
      // Active, Warning and Error. GuardDuty's guide spells one of them in two ways.
      detailType: events.Match.prefix('GuardDuty Malware Protection Resource Status '),
      detail: { s3BucketDetails: { bucketName: [bucketName] } },
    },
    `The scanner is ${field('$.detail.resourceStatus')}. See docs/operate.md, "Scans".`,
  );
}
