import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { EDGE_NOT_TOLD, EDGE_STATE } from '../services/auth/logger.ts';
import { certificateRule, createAlarms } from './alarm.ts';
import type { StackValues } from './values.ts';

/** Four fifths of what a KeyValueStore holds (cloudfront-limits). */
const FULL_BYTES = 0.8 * 5 * 1_024 * 1_024;

export interface ServiceMetrics {
  edgeNotTold: cloudwatch.Metric;
  untold: cloudwatch.Metric;
  storeBytes: cloudwatch.Metric;
}

/** Turns lines of the logs into metrics. A revocation that the edge was not told of is logged and not thrown. */
export function watchService(
  scope: Construct,
  values: StackValues,
  functions: { service: lambda.Function; reconciler: lambda.Function },
): ServiceMetrics {
  const { service, reconciler } = functions;
  const metricFrom = (
    id: string,
    { logGroup }: lambda.Function,
    msg: string,
    [metricName, metricValue]: [string, string],
    options: cloudwatch.MetricOptions,
  ) =>
    new logs.MetricFilter(scope, id, {
      logGroup,
      filterPattern: logs.FilterPattern.stringValue('$.msg', '=', msg),
      metricNamespace: values.stackName,
      metricName,
      metricValue,
    }).metric(options);
  const minute = { period: Duration.minutes(1), statistic: 'Maximum' };
  const fiveMinutes = { period: Duration.minutes(5), statistic: 'Sum' };
  const notTold: [string, string] = ['EdgeNotTold', '1'];
  const edgeNotTold = metricFrom('ServiceNotTold', service, EDGE_NOT_TOLD, notTold, fiveMinutes);
  metricFrom('ReconcilerNotTold', reconciler, EDGE_NOT_TOLD, notTold, fiveMinutes);
  const untold = metricFrom('Untold', reconciler, EDGE_STATE, ['UntoldSeconds', '$.untoldSeconds'], minute);
  const storeBytes = metricFrom('StoreBytes', reconciler, EDGE_STATE, ['StoreBytes', '$.storeBytes'], {
    ...minute,
    period: Duration.minutes(5),
  });

  const alarm = createAlarms(scope, values);
  alarm('ServiceFails', {
    metric: service.metricErrors(fiveMinutes),
    words: 'The service failed to start, or ended in the middle of a request. Look at its log (AuthLogs).',
    threshold: 1,
  });
  alarm('ReconcilerFails', {
    metric: reconciler.metricErrors(fiveMinutes),
    words: 'The function of the schedule fails. Look at its log (ReconcilerLogs): revocations wait for it.',
    threshold: 3,
  });
  alarm('EdgeWasNotTold', {
    metric: edgeNotTold,
    words: 'The edge could not be told of a revocation; the schedule tells it again within a minute.',
    threshold: 1,
  });
  alarm('EdgeStaysUntold', {
    metric: untold,
    words:
      'For five minutes, the edge has been more than a minute late with a revocation, or the schedule is silent.',
    threshold: 60,
    periods: 5,
    missingRings: true,
  });
  alarm('StoreIsFull', {
    metric: storeBytes,
    words: 'The KeyValueStore holds four fifths of its 5 MB. See docs/operate.md, "Revocations".',
    threshold: FULL_BYTES,
  });
  alarm('AppCertificateEnds', certificateRule(values.appCertificateArn));
  return { edgeNotTold, untold, storeBytes };
}
