import { CfnParameter, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type AlarmRule, certificateRule, createAlarms, errorRateOf, functionMetric } from './alarm.ts';
import { applyEverywhere } from './everywhere.ts';
import { EDGE_REGION, placeOf, type StackValues } from './values.ts';

/**
 * The stack that watches the edge. CloudFront's logs and metrics exist in us-east-1 only, wherever the other stack is.
 * It is deployed after the other stack, with the id of its distribution.
 */
export class WatchStack extends Stack {
  constructor(scope: Construct, values: StackValues) {
    const { account } = placeOf(values);
    super(scope, `${values.stackName}-Watch`, { env: { account, region: EDGE_REGION } });
    applyEverywhere(this, values);
    const { valueAsString: distributionId } = new CfnParameter(this, 'DistributionId', {
      description: 'The output DistributionId of the other stack',
      allowedPattern: '^E[A-Z0-9]+$',
    });
    createAccessLogs(this, values, distributionId);

    const alarm = createAlarms(this, values);
    const rules = {
      ...rateRules(distributionId),
      ...functionRules('Request', 'viewer-request', values.stackName),
      ...functionRules('Response', 'viewer-response', values.stackName),
      FilesCertificateEnds: certificateRule(values.filesCertificateArn),
    };
    for (const [id, rule] of Object.entries(rules)) alarm(id, rule);
  }
}

function rateRules(distributionId: string): Record<string, AlarmRule> {
  return {
    Refusals: {
      metric: errorRateOf(distributionId, 403, 50),
      words:
        'One request in five is refused. Somebody tries addresses, or cookies are wrong: see the access log.',
      threshold: 20,
      periods: 3,
    },
    Unavailable: {
      metric: errorRateOf(distributionId, 503, 5),
      words: 'Requests get 503: the function fails, or cannot read the KeyValueStore, or S3 is slow.',
      threshold: 1,
      periods: 2,
    },
  };
}

function functionRules(id: string, name: string, stackName: string): Record<string, AlarmRule> {
  const metricOf = (metric: Parameters<typeof functionMetric>[1]) =>
    functionMetric(`${stackName}-${name}`, metric);
  return {
    [`${id}Errors`]: {
      metric: metricOf('FunctionExecutionErrors'),
      words: `The function ${name} threw: these requests got 503.`,
      threshold: 1,
    },
    [`${id}Invalid`]: {
      metric: metricOf('FunctionValidationErrors'),
      words: `The function ${name} returned something that CloudFront does not take: these requests got 502.`,
      threshold: 1,
    },
    [`${id}Throttles`]: {
      metric: metricOf('FunctionThrottles'),
      words: `CloudFront throttled the function ${name}.`,
      threshold: 1,
    },
    [`${id}Utilization`]: {
      metric: metricOf('FunctionComputeUtilization'),
      words: `The function ${name} uses 70 percent of its allowed time. With more, CloudFront is likely to throttle it.`,
      threshold: 70,
      periods: 3,
    },
  };
}

/**
 * Query, cookies and referrer are left out: a signed URL or a set of cookies opens files for everybody who reads it.
 */
const FIELDS = [
  'date',
  'time',
  'x-edge-location',
  'c-ip',
  'cs-method',
  'cs(Host)',
  'cs-uri-stem',
  'sc-status',
  'sc-bytes',
  'x-edge-result-type',
  'x-edge-response-result-type',
  'x-edge-detailed-result-type',
  'x-edge-request-id',
  'time-taken',
  'time-to-first-byte',
  'cs-protocol',
  'cs-protocol-version',
  'ssl-protocol',
  'sc-content-type',
];

/** CloudFront's standard logging (v2) into CloudWatch Logs. */
function createAccessLogs(stack: Stack, values: StackValues, distributionId: string): void {
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
