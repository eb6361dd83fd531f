import { Stack, Token } from 'aws-cdk-lib';
import { CfnMalwareProtectionPlan } from 'aws-cdk-lib/aws-guardduty';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { allow, grantKey } from './grants.ts';
import { acknowledgeFindings } from './nag-reasons.ts';
import type { FilesHostValues } from './values-schema.ts';

/** GuardDuty User Guide, "Using tag-based access control (TBAC) with Malware Protection for S3". */
const TAG = 'GuardDutyMalwareScanStatus';
const SERVICE = 'malware-protection-plan.guardduty.amazonaws.com';
const CLEAN = ['NO_THREATS_FOUND'];
/** Nothing was found in these files, since nothing was looked for. */
const NOT_SCANNED = ['UNSUPPORTED', 'ACCESS_DENIED', 'FAILED'];

/** @returns the condition of reads by the distribution: none, unless files are scanned */
export function scannedCondition({ scan, serveNotScanned }: FilesHostValues): Record<string, string[]> {
  if (scan === undefined) return {};
  return { [`s3:ExistingObjectTag/${TAG}`]: serveNotScanned ? [...CLEAN, ...NOT_SCANNED] : CLEAN };
}

/**
 * Lets GuardDuty scan every new object of the bucket, and tag it with what was found. Nobody else may write or remove
 * tags, whatever their own policies say: a tag opens a file. To write an object with tags, one needs PutObjectTagging as
 * well (Amazon S3 API Reference, PutObject, x-amz-tagging).
 * @returns the scanner, and the statement that the bucket's policy needs
 */
export function createScanner(
  scope: Construct,
  values: FilesHostValues,
  bucket: s3.IBucket,
): { plan: CfnMalwareProtectionPlan; statement: iam.PolicyStatement } {
  const role = new iam.Role(scope, 'ScannerRole', { assumedBy: new iam.ServicePrincipal(SERVICE) });
  const objects = bucket.arnForObjects('*');
  grantScan(role, bucket, objects);
  grantKey(role, values);
  const plan = new CfnMalwareProtectionPlan(scope, 'Scanner', {
    role: role.roleArn,
    protectedResource: { s3Bucket: { bucketName: bucket.bucketName } },
    actions: { tagging: { status: 'ENABLED' } },
  });
  // GuardDuty tries the rights of the role when the plan is made.
  plan.node.addDependency(role);
  const statement = new iam.PolicyStatement({
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: ['PutObject', 'PutObjectVersion', 'DeleteObject', 'DeleteObjectVersion'].map(
      (object) => `s3:${object}Tagging`,
    ),
    resources: [objects],
    conditions: { ArnNotEquals: { 'aws:PrincipalArn': role.roleArn } },
  });
  return { plan, statement };
}

/** The rights that GuardDuty asks for (GuardDuty User Guide, "Create or update IAM role policy"). */
function grantScan(role: iam.Role, bucket: s3.IBucket, objects: string): void {
  const rule = Stack.of(role).formatArn({
    service: 'events',
    resource: 'rule',
    resourceName: 'DO-NOT-DELETE-AmazonGuardDutyMalwareProtectionS3*',
  });
  allow(role, ['events:PutRule', 'events:DeleteRule', 'events:PutTargets', 'events:RemoveTargets'], [rule], {
    StringLike: { 'events:ManagedBy': SERVICE },
  });
  allow(role, ['events:DescribeRule', 'events:ListTargetsByRule'], [rule]);
  allow(role, ['s3:GetObject', 's3:GetObjectVersion'], [objects]);
  const tagging = ['GetObject', 'GetObjectVersion', 'PutObject', 'PutObjectVersion'];
  allow(
    role,
    tagging.map((object) => `s3:${object}Tagging`),
    [objects],
  );
  allow(role, ['s3:ListBucket', 's3:GetBucketNotification', 's3:PutBucketNotification'], [bucket.bucketArn]);
  allow(role, ['s3:PutObject'], [bucket.arnForObjects('malware-protection-resource-validation-object')]);
  const { region, account } = Stack.of(role);
  // As cdk-nag spells a token: another project's stack may know neither.
  const named = (name: string, value: string) => (Token.isUnresolved(value) ? `<AWS::${name}>` : value);
  acknowledgeFindings(role, {
    'IAM5[Resource::<Files8E6940B8.Arn>/*]': 'GuardDuty scans whatever is in the bucket.',
    [`IAM5[Resource::arn:<AWS::Partition>:events:${named('Region', region)}:${named('AccountId', account)}:rule/DO-NOT-DELETE-AmazonGuardDutyMalwareProtectionS3*]`]:
      'GuardDuty chooses the rest of the name of its own rule.',
  });
}
