import { CfnCondition, CfnOutput, CfnParameter, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import type { DomainName } from 'aws-cdk-lib/aws-apigatewayv2';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import { CfnMonitoringSubscription, type Distribution } from 'aws-cdk-lib/aws-cloudfront';
import type { CfnMalwareProtectionPlan } from 'aws-cdk-lib/aws-guardduty';
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import { createTopic } from './alarm.ts';
import { createBackup } from './backup.ts';
import { applyEverywhere } from './everywhere.ts';
import { FilesHost } from './files-host.ts';
import { createHttpApi } from './http-api.ts';
import { createMover } from './mover.ts';
import { createScanResults, mailScans } from './scan-results.ts';
import {
  createDetailsTable,
  createReconciler,
  createService,
  createSessionsTable,
  type ServiceCode,
} from './service.ts';
import { placeOf, type StackValues } from './values.ts';
import { createDashboard, watchService } from './watch-service.ts';

export interface GatewayStackProps extends StackProps, ServiceCode {}

/** The one description of the edge and of the service behind it. The local stack reads its template too. */
export class GatewayStack extends Stack {
  constructor(scope: Construct, props: GatewayStackProps) {
    const { values } = props;
    super(scope, values.stackName, { ...props, env: placeOf(values) });
    applyEverywhere(this, values);
    // CDK leaves `Default` out of logical ids. So the resources of the files host have the same ids as if they were
    // made in the stack itself.
    const { bucket, distribution, publicKeys, revocations, scanner } = new FilesHost(this, 'Default', {
      ...values,
      // AWS Backup learns of new files by EventBridge, and switches it on itself.
      events: values.events || values.backup !== false,
      name: values.stackName,
      certificate: acm.Certificate.fromCertificateArn(this, 'FilesCertificate', values.filesCertificateArn),
    });
    if (values.webAclArn !== undefined) distribution.attachWebAclId(values.webAclArn);
    const [signingKey] = publicKeys;
    if (!signingKey) throw new Error('publicKeys is empty: the service needs one to sign with');
    const table = createSessionsTable(this, values);
    const details = createDetailsTable(this, values);
    const stores = { table, details, revocations };
    const mover = createMover(this, props, { ...stores, bucket });
    const service = createService(this, props, { ...stores, bucket, signingKey, mover });
    const reconciler = createReconciler(this, props, { ...stores, bucket });
    const scanned =
      values.scan === undefined ? undefined : createScanResults(this, props, { bucket, details });
    const appHost = createHttpApi(this, values, service);
    const { domainName } = appHost;
    createDnsRecords(this, values, distribution, domainName);
    const { distributionId } = distribution;
    new CfnMonitoringSubscription(this, 'EdgeMetrics', {
      distributionId,
      monitoringSubscription: {
        realtimeMetricsSubscriptionConfig: { realtimeMetricsSubscriptionStatus: 'Enabled' },
      },
    });
    const topic = createTopic(this, values);
    if (scanner) canWait(scanner);
    if (scanner && topic) mailScans(topic, bucket);
    createBackup(this, values, [bucket.bucketArn, table.tableArn, details.tableArn], topic);
    const metrics = watchService(this, values, topic, { service, reconciler, mover, scanned, appHost });
    createDashboard(this, values.stackName, { distributionId, service, reconciler }, metrics);

    const outputs: Record<string, string> = {
      BucketName: bucket.bucketName,
      MoverFunctionName: mover.functionName,
      TableName: table.tableName,
      DetailsTableName: details.tableName,
      AuditLogGroup: service.logGroup.logGroupName,
      DistributionId: distributionId,
      FilesHostTarget: distribution.distributionDomainName,
      AppHostTarget: domainName.regionalDomainName,
      KeyPairId: signingKey.publicKeyId,
      KeyValueStoreArn: revocations.keyValueStoreArn,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}

/**
 * Lets a deployment leave the scanner out, until the rights of its role are known everywhere. GuardDuty tries them when
 * the scanner is made, and a failure would roll a first deployment back. Without the scanner, the edge serves no file.
 */
function canWait(scanner: CfnMalwareProtectionPlan): void {
  const { stack } = scanner;
  const parameter = new CfnParameter(stack, 'Scan', {
    description: 'off: the scanner is made by a later update, which is safer in a first deployment',
    allowedValues: ['on', 'off'],
    default: 'on',
  });
  const condition = new CfnCondition(stack, 'Scans', {
    expression: Fn.conditionEquals(parameter.valueAsString, 'on'),
  });
  scanner.cfnOptions.condition = condition;
  new CfnOutput(stack, 'ScannerArn', { value: scanner.attrArn, condition });
}

type AliasTarget = CfnRecordSet.AliasTargetProperty;

/** The zone of all distributions (AWS General Reference, "Amazon CloudFront endpoints and quotas"). */
const CLOUDFRONT_ZONE = 'Z2FDTNDATAQYW2';

/**
 * Makes the records of both hosts in the Route 53 zone, if the values name one. The records come and go with the stack.
 */
function createDnsRecords(
  scope: Construct,
  { hostedZoneId, appOrigin, filesOrigin, ipv6 }: StackValues,
  distribution: Distribution,
  appHost: DomainName,
): void {
  if (hostedZoneId === undefined) return;
  const alias = (id: string, origin: string, type: 'A' | 'AAAA', aliasTarget: AliasTarget) =>
    new CfnRecordSet(scope, id, { hostedZoneId, name: new URL(origin).hostname, type, aliasTarget });
  const files = { dnsName: distribution.distributionDomainName, hostedZoneId: CLOUDFRONT_ZONE };
  alias('FilesHostRecord', filesOrigin, 'A', files);
  if (ipv6) alias('FilesHostRecordIpv6', filesOrigin, 'AAAA', files);
  const { regionalDomainName: dnsName, regionalHostedZoneId } = appHost;
  alias('AppHostRecord', appOrigin, 'A', { dnsName, hostedZoneId: regionalHostedZoneId });
}
