import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { StackValues } from './values.ts';

/** When an alarm rings: a value at or beyond the threshold in each of the periods. */
export interface AlarmRule {
  metric: cloudwatch.Metric;
  /** What has happened, then what to do: these words stand in the mail. */
  words: string;
  threshold: number;
  /** 1 when left out. */
  periods?: number;
  /** Rings where the value is as low as the threshold. */
  isLow?: true;
  /** Rings where there is no value: whoever gives it is silent. */
  missingRings?: true;
}

/** @returns makes an alarm, which sends its words to `alarmEmail` where there is one */
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

/** ACM renews 60 days before the end; what is left at 30 was not renewed. */
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
