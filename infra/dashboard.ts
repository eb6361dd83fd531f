import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { errorRate, functionMetric } from './edge-metrics.ts';
import type { ServiceMetrics } from './watch-service.ts';

/** One page: the edge at the top, the service below. */
export function createDashboard(
  scope: Construct,
  name: string,
  parts: { distributionId: string; service: lambda.Function; reconciler: lambda.Function },
  metrics: ServiceMetrics,
): void {
  const { distributionId, service, reconciler } = parts;
  const functions = ['viewer-request', 'viewer-response'].map((each) => `${name}-${each}`);
  const graph = (title: string, left: cloudwatch.IMetric[]) =>
    new cloudwatch.GraphWidget({ title, left, width: 8 });
  new cloudwatch.Dashboard(scope, 'Dashboard', {
    dashboardName: name,
    widgets: [
      [
        graph('403 and 503, percent', [errorRate(distributionId, 403), errorRate(distributionId, 503)]),
        graph(
          'Functions: errors',
          functions.map((each) => functionMetric(each, 'FunctionExecutionErrors')),
        ),
        graph(
          'Functions: compute utilization',
          functions.map((each) => functionMetric(each, 'FunctionComputeUtilization')),
        ),
      ],
      [
        graph('Service', [service.metricInvocations(), service.metricErrors(), service.metricThrottles()]),
        graph('Service: duration', [service.metricDuration({ statistic: 'p99' })]),
        graph('Schedule', [reconciler.metricInvocations(), reconciler.metricErrors()]),
      ],
      [
        graph('The edge was not told', [metrics.edgeNotTold]),
        graph('Seconds that the edge has not known of the oldest revocation', [metrics.untold]),
        graph('KeyValueStore, bytes', [metrics.storeBytes]),
      ],
      [
        graph('Revocations and logouts that are set aside', [metrics.setAside]),
        graph('Clocks that became wrong', [metrics.clockWrong]),
        graph('App host: 429', [metrics.tooManyRequests]),
      ],
    ],
  });
}
