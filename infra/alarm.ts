import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { StackValues } from './values.ts';

/** When an alarm rings: the value is at or beyond the threshold in each of the periods. */
export interface AlarmRule {
  metric: cloudwatch.Metric;
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

/** @returns a function that makes an alarm. The alarm sends its words to `alarmEmail`, if there is one */
export function createAlarms(
  scope: Construct,
  { alarmEmail }: StackValues,
): (id: string, rule: AlarmRule) => cloudwatch.Alarm {
  const topic = alarmEmail === undefined ? undefined : new sns.Topic(scope, 'Alarms', { enforceSSL: true });
  if (alarmEmail !== undefined) topic?.addSubscription(new EmailSubscription(alarmEmail));
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
