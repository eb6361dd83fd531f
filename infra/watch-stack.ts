import { CfnParameter, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { CfnHealthCheck } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import {
  type AlarmRule,
  certificateRule,
  createAlarms,
  createTopic,
  errorRateOf,
  functionMetric,
} from './alarm.ts';
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

    const alarm = createAlarms(this, createTopic(this, values));
    const rules = {
      ...rateRules(distributionId),
      ...functionRules('Request', 'viewer-request', values.stackName),
      ...functionRules('Response', 'viewer-response', values.stackName),
      FilesCertificateEnds: certificateRule(values.filesCertificateArn),
      ...(values.alarmEmail === undefined ? {} : { AppHostDown: healthRule(this, values) }),
    };
    for (const [id, rule] of Object.entries(rules)) alarm(id, rule);
    if (values.alarmEmail !== undefined) createBudget(this, values, values.alarmEmail);
  }
}

/** The fewest regions that Route 53 accepts. Each of its health checkers sends a request every 30 seconds. */
const CHECKED_FROM = ['us-east-1', 'eu-west-1', 'ap-southeast-1'];

/**
 * Asks `/readyz` from outside, since a small installation may have no request that would fail. The metrics of health
 * checks exist in us-east-1 only (Route 53 Developer Guide, "Monitoring health checks using CloudWatch", certain).
 */
function healthRule(scope: Construct, { appOrigin, stackName }: StackValues): AlarmRule {
  const { attrHealthCheckId } = new CfnHealthCheck(scope, 'AppHostCheck', {
    healthCheckConfig: {
      type: 'HTTPS',
      fullyQualifiedDomainName: new URL(appOrigin).hostname,
      port: 443,
      resourcePath: '/readyz',
      enableSni: true,
      requestInterval: 30,
      failureThreshold: 3,
      regions: CHECKED_FROM,
    },
    healthCheckTags: [{ key: 'Name', value: stackName }],
  });
  return {
    metric: new Metric({
      namespace: 'AWS/Route53',
      metricName: 'HealthCheckStatus',
      dimensionsMap: { HealthCheckId: attrHealthCheckId },
      statistic: 'Minimum',
      period: Duration.minutes(1),
    }),
    words:
      'The app host does not answer, or GET /readyz is not 200. The answer lists the parts that are down.',
    threshold: 0,
    periods: 3,
    isLow: true,
    missingRings: true,
  };
}

/** Sends a mail when the account has cost `monthlyBudget` USD in a month, or is likely to. It stops nothing. */
function createBudget(scope: Construct, { stackName, monthlyBudget }: StackValues, address: string): void {
  new CfnBudget(scope, 'Budget', {
    budget: {
      budgetName: stackName,
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount: monthlyBudget, unit: 'USD' },
    },
    notificationsWithSubscribers: ['ACTUAL', 'FORECASTED'].map((notificationType) => ({
      notification: { notificationType, comparisonOperator: 'GREATER_THAN', threshold: 100 },
      subscribers: [{ subscriptionType: 'EMAIL', address }],
    })),
  });
}

function rateRules(distributionId: string): Record<string, AlarmRule> {
  return {
    Refusals: {
      metric: errorRateOf(distributionId, 403),
      words:
        'One request in five is refused. Somebody tries addresses, or cookies are wrong: see the access log.',
      threshold: 20,
      periods: 3,
    },
    Unavailable: {
      metric: errorRateOf(distributionId, 503),
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
      words: `The function ${name} uses 60 percent of its allowed time on average. CloudFront may soon throttle it.`,
      threshold: 60,
      periods: 3,
    },
  };
}

/**
 * Query, cookies and referrer are left out: a signed URL or a set of cookies opens files for everybody who reads it.
 */
const FIELDS =
  'date time x-edge-location c-ip cs-method cs(Host) cs-uri-stem sc-status sc-bytes x-edge-result-type ' +
  'x-edge-response-result-type x-edge-detailed-result-type x-edge-request-id time-taken time-to-first-byte ' +
  'cs-protocol cs-protocol-version ssl-protocol sc-content-type';

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
    recordFields: FIELDS.split(' '),
  });
  delivery.node.addDependency(source, policy);
}
