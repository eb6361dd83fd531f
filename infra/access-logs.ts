import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { StackValues } from './values.ts';

/**
 * Query, cookies and referrer are left out: a signed URL or a set of cookies opens files for everybody who reads it.
 */
const FIELDS = [
  ...[
    'date',
    'time',
    'x-edge-location',
    'c-ip',
    'cs-method',
    'cs(Host)',
    'cs-uri-stem',
    'sc-status',
    'sc-bytes',
  ],
  ...[
    'x-edge-result-type',
    'x-edge-response-result-type',
    'x-edge-detailed-result-type',
    'x-edge-request-id',
  ],
  ...[
    'time-taken',
    'time-to-first-byte',
    'cs-protocol',
    'cs-protocol-version',
    'ssl-protocol',
    'sc-content-type',
  ],
];

/** CloudFront's standard logging (v2) into CloudWatch Logs. */
export function createAccessLogs(stack: Stack, values: StackValues, distributionId: string): void {
  const { account, region } = stack;
  const name = `${values.stackName}-access`;
  const logGroupName = `/aws/vendedlogs/${name}`;
  const logGroup = new logs.LogGroup(stack, 'AccessLogs', {
    logGroupName,
    retention: values.logDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const policy = new logs.ResourcePolicy(stack, 'AccessLogsPolicy', {
    policyStatements: [
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('delivery.logs.amazonaws.com')],
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [`arn:aws:logs:${region}:${account}:log-group:${logGroupName}:log-stream:*`],
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': `arn:aws:logs:${region}:${account}:*` },
        },
      }),
    ],
  });
  const source = new logs.CfnDeliverySource(stack, 'AccessLogsSource', {
    name,
    logType: 'ACCESS_LOGS',
    resourceArn: `arn:aws:cloudfront::${account}:distribution/${distributionId}`,
  });
  const destination = new logs.CfnDeliveryDestination(stack, 'AccessLogsDestination', {
    name,
    destinationResourceArn: `arn:aws:logs:${region}:${account}:log-group:${logGroupName}`,
    outputFormat: 'json',
  });
  destination.node.addDependency(logGroup);
  const delivery = new logs.CfnDelivery(stack, 'AccessLogsDelivery', {
    deliverySourceName: name,
    deliveryDestinationArn: destination.attrArn,
    recordFields: FIELDS,
  });
  delivery.node.addDependency(source, policy);
}
