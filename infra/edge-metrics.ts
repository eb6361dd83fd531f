import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

/** CloudFront's metrics are all in us-east-1. */
export const EDGE_REGION = 'us-east-1';

const PERIOD = Duration.minutes(5);

/** The percentage of the distribution's requests with a status. It needs additional metrics. */
export function errorRate(distributionId: string, status: 403 | 503): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/CloudFront',
    metricName: `${status}ErrorRate`,
    dimensionsMap: { DistributionId: distributionId, Region: 'Global' },
    statistic: 'Average',
    period: PERIOD,
    region: EDGE_REGION,
  });
}

/**
 * The same percentage, and 0 unless at least so many requests in five minutes had the status. One refused request of
 * two is no alarm.
 */
export function errorRateOf(
  distributionId: string,
  status: 403 | 503,
  atLeast: number,
): cloudwatch.MathExpression {
  const requests = new cloudwatch.Metric({
    namespace: 'AWS/CloudFront',
    metricName: 'Requests',
    dimensionsMap: { DistributionId: distributionId, Region: 'Global' },
    statistic: 'Sum',
    period: PERIOD,
    region: EDGE_REGION,
  });
  return new cloudwatch.MathExpression({
    expression: `IF(rate * requests >= ${100 * atLeast}, rate, 0)`,
    usingMetrics: { rate: errorRate(distributionId, status), requests },
    period: PERIOD,
    label: `${status}, percent`,
  });
}

export type FunctionMetric =
  | 'FunctionExecutionErrors'
  | 'FunctionValidationErrors'
  | 'FunctionThrottles'
  | 'FunctionComputeUtilization';

export function functionMetric(functionName: string, metricName: FunctionMetric): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/CloudFront',
    metricName,
    dimensionsMap: { FunctionName: functionName, Region: 'Global' },
    statistic: metricName === 'FunctionComputeUtilization' ? 'Maximum' : 'Sum',
    period: PERIOD,
    region: EDGE_REGION,
  });
}
