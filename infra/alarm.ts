import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as events from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { EDGE_REGION, type StackValues } from './values.ts';

/** When an alarm rings: the value is at or beyond the threshold in each of the periods. */
export interface AlarmRule {
  metric: cloudwatch.IMetric;
  /** What has happened, then what to do. The mail holds these words. */
  words: string;
  threshold: number;
  /** 1 if it is left out. */
  periods?: number;
  /** The alarm rings if the value is at or below the threshold. */
  isLow?: true;
  /** The alarm rings if there is no value: the source of the value is then silent. */
  missingRings?: true;
}

/** @returns a function that makes an alarm. The alarm sends its words to the topic, if there is one */
export function createAlarms(
  scope: Construct,
  topic: sns.Topic | undefined,
): (id: string, rule: AlarmRule) => cloudwatch.Alarm {
  return (id, { metric, words, threshold, periods = 1, isLow, missingRings }) => {
    const alarm = new cloudwatch.Alarm(scope, id, {
      metric,
      alarmDescription: words,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: isLow
        ? cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD
        : cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: missingRings
        ? cloudwatch.TreatMissingData.BREACHING
        : cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    if (topic) alarm.addAlarmAction(new SnsAction(topic));
    return alarm;
  };
}

/**
 * The topic that sends mails to `alarmEmail`, if there is one. It has no key of its own. CloudWatch may not use the key
 * `alias/aws/sns`, so with that key no mail would be sent (AWS re:Post, "cloudwatch-configure-alarm-sns").
 */
export function createTopic(scope: Construct, { alarmEmail }: StackValues): sns.Topic | undefined {
  if (alarmEmail === undefined) return undefined;
  const topic = new sns.Topic(scope, 'Alarms', { enforceSSL: true });
  // `enforceSSL` makes a policy, and a policy replaces the default one, by which the account's alarms may publish.
  topic.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'AllowPublishByAlarms',
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
  topic.addSubscription(new EmailSubscription(alarmEmail));
  return topic;
}

/**
 * Sends a mail for each event that matches. `SnsTopic` lets EventBridge publish, without a condition: with one,
 * EventBridge may deliver nothing (likely: its guide has said so, and names keys for conditions today).
 */
export function mailEvents(
  topic: sns.Topic,
  id: string,
  eventPattern: events.EventPattern,
  words: string,
): events.Rule {
  const message = events.RuleTargetInput.fromText(words);
  return new events.Rule(Stack.of(topic), id, { eventPattern, targets: [new SnsTopic(topic, { message })] });
}

/** ACM renews a certificate 60 days before its end. A certificate with 30 days left was not renewed. */
export function certificateRule(certificateArn: string): AlarmRule {
  return {
    metric: new cloudwatch.Metric({
      namespace: 'AWS/CertificateManager',
      metricName: 'DaysToExpiry',
      dimensionsMap: { CertificateArn: certificateArn },
      statistic: 'Minimum',
      period: Duration.days(1),
    }),
    words: 'The certificate ends within 30 days and was not renewed. Look at its validation record in DNS.',
    threshold: 30,
    isLow: true,
  };
}

/** The percentage of the distribution's requests with a status. It needs additional metrics. */
export function errorRate(distributionId: string, status: 403 | 503): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/CloudFront',
    metricName: `${status}ErrorRate`,
    dimensionsMap: { DistributionId: distributionId, Region: 'Global' },
    statistic: 'Average',
    region: EDGE_REGION,
  });
}

/**
 * The same percentage, and 0 unless at least three requests in five minutes (the CDK's default) had the status. One
 * refused request of two is no alarm, and 20 users send about five requests in five minutes.
 */
export function errorRateOf(distributionId: string, status: 403 | 503): cloudwatch.MathExpression {
  const requests = new cloudwatch.Metric({
    namespace: 'AWS/CloudFront',
    metricName: 'Requests',
    dimensionsMap: { DistributionId: distributionId, Region: 'Global' },
    statistic: 'Sum',
    region: EDGE_REGION,
  });
  return new cloudwatch.MathExpression({
    expression: 'IF(rate * requests >= 300, rate, 0)',
    usingMetrics: { rate: errorRate(distributionId, status), requests },
    label: `${status}, percent`,
  });
}

export type FunctionMetric =
  | 'FunctionExecutionErrors'
  | 'FunctionValidationErrors'
  | 'FunctionThrottles'
  | 'FunctionComputeUtilization';

/**
 * Either the sum or the average applies to a metric of CloudFront, and no other statistic (Developer Guide, "Types of
 * metrics for CloudFront", certain). The utilization is a percentage, so it is the average (likely).
 */
export function functionMetric(functionName: string, metricName: FunctionMetric): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/CloudFront',
    metricName,
    dimensionsMap: { FunctionName: functionName, Region: 'Global' },
    statistic: metricName === 'FunctionComputeUtilization' ? 'Average' : 'Sum',
    region: EDGE_REGION,
  });
}
