import { Aws, Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import * as backup from 'aws-cdk-lib/aws-backup';
import { Schedule } from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { mailEvents } from './alarm.ts';
import { acknowledgeFindings } from './nag-reasons.ts';
import type { StackValues } from './values.ts';

/** The policies that AWS Backup documents for copying tables and buckets. */
const POLICIES = [
  'service-role/AWSBackupServiceRolePolicyForBackup',
  'AWSBackupServiceRolePolicyForS3Backup',
];

/** How long copies are kept with `backup: true`. */
const USUAL_DAYS = 35;

/**
 * Copies bucket and tables into a vault every night. No copy can be deleted before its time, except by someone who may
 * remove the lock of the vault. Naming a resource by its ARN includes it even if the account has not opted in to its
 * service (AWS Backup Developer Guide, "Assign resources to a backup plan", certain).
 */
export function createBackup(
  scope: Construct,
  { stackName, backup: chosen }: StackValues,
  arns: string[],
  topic: sns.Topic | undefined,
): void {
  if (chosen === false) return;
  const retention = Duration.days(chosen === true ? USUAL_DAYS : chosen.days);
  // The vault outlives the stack, and a second stack of this name needs another vault.
  const unique = Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));
  const backupVault = new backup.BackupVault(scope, 'Vault', {
    backupVaultName: `${stackName}-${unique}`,
    lockConfiguration: { minRetention: retention },
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  const role = new iam.Role(scope, 'BackupRole', {
    assumedBy: new iam.ServicePrincipal('backup.amazonaws.com'),
    managedPolicies: POLICIES.map((name) => iam.ManagedPolicy.fromAwsManagedPolicyName(name)),
  });
  acknowledgeFindings(
    role,
    Object.fromEntries(
      POLICIES.map((name) => [
        `IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${name}]`,
        'AWS extends these policies when a copy needs more, and only AWS Backup assumes the role.',
      ]),
    ),
  );
  const plan = new backup.BackupPlan(scope, 'Backup', { backupPlanName: stackName, backupVault });
  plan.addRule(
    new backup.BackupPlanRule({
      ruleName: 'nightly',
      scheduleExpression: Schedule.cron({ hour: '3', minute: '0' }),
      deleteAfter: retention,
    }),
  );
  plan.addSelection('Stores', {
    resources: arns.map((arn) => backup.BackupResource.fromArn(arn)),
    role,
    disableDefaultBackupPolicy: true,
  });
  if (!topic) return;
  mailEvents(
    topic,
    'BackupFailed',
    {
      source: ['aws.backup'],
      detailType: ['Backup Job State Change'],
      detail: { state: ['FAILED', 'ABORTED', 'EXPIRED'], resourceArn: arns },
    },
    'A nightly copy failed, so the newest copy is older. Look at the jobs of AWS Backup. See docs/operate.md, "Backups".',
  );
}
