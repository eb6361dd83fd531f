import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

/** CloudFront's metrics are all in us-east-1. */
export const EDGE_REGION = 'us-east-1';

/** The percentage of the distribution's requests with a status. It needs additional metrics. */
export function errorRate(distributionId: string, status: 403 | 503): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/CloudFront',
    metricName: `${status}ErrorRate`,
    dimensionsMap: { DistributionId: distributionId, Region: 'Global' },
    statistic: 'Average',
    period: Duration.minutes(5),
    region: EDGE_REGION,
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
    period: Duration.minutes(5),
    region: EDGE_REGION,
  });
}
