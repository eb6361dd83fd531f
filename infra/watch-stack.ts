import { CfnParameter, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { createAccessLogs } from './access-logs.ts';
import { certificateRule, createAlarms } from './alarm.ts';
import { EDGE_REGION, errorRateOf, functionMetric } from './edge-metrics.ts';
import { placeOf, type StackValues } from './values.ts';

/**
 * The stack that watches the edge. CloudFront's logs and metrics exist in us-east-1 only, wherever the other stack is.
 * It is deployed after the other stack, with the id of its distribution.
 */
export class WatchStack extends Stack {
  constructor(scope: Construct, values: StackValues) {
    const { account } = placeOf(values);
    super(scope, `${values.stackName}-Watch`, { env: { account, region: EDGE_REGION } });
    const { valueAsString: distributionId } = new CfnParameter(this, 'DistributionId', {
      description: 'The output DistributionId of the other stack',
      allowedPattern: '^E[A-Z0-9]+$',
    });
    createAccessLogs(this, values, distributionId);

    const alarm = createAlarms(this, values);
    alarm('Refusals', {
      metric: errorRateOf(distributionId, 403, 50),
      words:
        'One request in five is refused. Somebody tries addresses, or cookies are wrong: see the access log.',
      threshold: 20,
      periods: 3,
    });
    alarm('Unavailable', {
      metric: errorRateOf(distributionId, 503, 5),
      words: 'Requests get 503: the function fails, or cannot read the KeyValueStore, or S3 is slow.',
      threshold: 1,
      periods: 2,
    });
    for (const [id, name] of [
      ['Request', 'viewer-request'],
      ['Response', 'viewer-response'],
    ] as const) {
      const metricOf = (metric: Parameters<typeof functionMetric>[1]) =>
        functionMetric(`${values.stackName}-${name}`, metric);
      alarm(`${id}Errors`, {
        metric: metricOf('FunctionExecutionErrors'),
        words: `The function ${name} threw: these requests got 503.`,
        threshold: 1,
      });
      alarm(`${id}Invalid`, {
        metric: metricOf('FunctionValidationErrors'),
        words: `The function ${name} returned something that CloudFront does not take: these requests got 502.`,
        threshold: 1,
      });
      alarm(`${id}Throttles`, {
        metric: metricOf('FunctionThrottles'),
        words: `CloudFront throttled the function ${name}.`,
        threshold: 1,
      });
      alarm(`${id}Utilization`, {
        metric: metricOf('FunctionComputeUtilization'),
        words: `The function ${name} uses 70 percent of its allowed time. With more, CloudFront is likely to throttle it.`,
        threshold: 70,
        periods: 3,
      });
    }
    alarm('FilesCertificateEnds', certificateRule(values.filesCertificateArn));
  }
}
