import { CLOCK_WRONG, EDGE_NOT_TOLD, EDGE_STATE } from '@cloudfront-cookie-gateway/auth/wiring/logger';
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { type AlarmRule, certificateRule, createAlarms, errorRate, functionMetric } from './alarm.ts';
import type { AppHost } from './http-api.ts';
import type { StackValues } from './values.ts';

/** What a KeyValueStore holds (cloudfront-limits). */
const STORE_BYTES = 5 * 1_024 * 1_024;

const MINUTE = { period: Duration.minutes(1), statistic: 'Maximum' };
const MOST_IN_FIVE_MINUTES = { period: Duration.minutes(5), statistic: 'Maximum' };
const FIVE_MINUTES = { period: Duration.minutes(5), statistic: 'Sum' };

export interface Watched {
  service: lambda.Function;
  reconciler: lambda.Function;
  mover: lambda.Function;
  /** Undefined if nothing is scanned. */
  scanned: lambda.Function | undefined;
  appHost: AppHost;
}

export interface ServiceMetrics {
  edgeNotTold: cloudwatch.Metric;
  untold: cloudwatch.Metric;
  storeBytes: cloudwatch.Metric;
  clockWrong: cloudwatch.Metric;
  tooManyRequests: cloudwatch.Metric;
}

/** Makes the metrics and alarms of the service, the schedule and the app host. */
export function watchService(
  scope: Construct,
  values: StackValues,
  topic: sns.Topic | undefined,
  watched: Watched,
): ServiceMetrics {
  const metrics = metricsFromLogs(scope, values.stackName, watched);
  const alarm = createAlarms(scope, topic);
  const rules = {
    ...functionRules(watched, metrics),
    ...moverRules(watched),
    ...scannedRules(watched),
    ...revocationRules(metrics),
    ...appHostRules(watched.appHost, metrics, values),
    AppCertificateEnds: certificateRule(values.appCertificateArn),
  };
  for (const [id, rule] of Object.entries(rules)) alarm(id, rule);
  return metrics;
}

/**
 * Turns lines of the logs into metrics. A revocation that the edge was not told of is logged and not thrown, and so is
 * a wrong clock. API Gateway counts its 429 among all answers of 4xx.
 */
function metricsFromLogs(
  scope: Construct,
  metricNamespace: string,
  { service, reconciler, appHost }: Watched,
): ServiceMetrics {
  const filter = (
    id: string,
    logGroup: logs.ILogGroup,
    [field, value]: [string, string],
    [metricName, metricValue]: [string, string],
  ) => {
    const filterPattern = logs.FilterPattern.stringValue(field, '=', value);
    const metric = { metricNamespace, metricName, metricValue };
    return new logs.MetricFilter(scope, id, { logGroup, filterPattern, ...metric });
  };
  const notTold: [string, string] = ['$.msg', EDGE_NOT_TOLD];
  const state: [string, string] = ['$.msg', EDGE_STATE];
  const wrong: [string, string] = ['$.msg', CLOCK_WRONG];
  const [serviceLog, scheduleLog] = [service.logGroup, reconciler.logGroup];
  const edgeNotTold = filter('ServiceNotTold', serviceLog, notTold, ['EdgeNotTold', '1']);
  filter('ReconcilerNotTold', scheduleLog, notTold, ['EdgeNotTold', '1']);
  const untold = filter('Untold', scheduleLog, state, ['UntoldSeconds', '$.untoldSeconds']);
  const storeBytes = filter('StoreBytes', scheduleLog, state, ['StoreBytes', '$.storeBytes']);
  const clockWrong = filter('ServiceClockWrong', serviceLog, wrong, ['ClockWrong', '1']);
  filter('ReconcilerClockWrong', scheduleLog, wrong, ['ClockWrong', '1']);
  const refused: [string, string] = ['$.status', '429'];
  const tooMany = filter('TooManyRequests', appHost.accessLogs, refused, ['TooManyRequests', '1']);
  return {
    edgeNotTold: edgeNotTold.metric(FIVE_MINUTES),
    untold: untold.metric(MINUTE),
    storeBytes: storeBytes.metric(MOST_IN_FIVE_MINUTES),
    clockWrong: clockWrong.metric(FIVE_MINUTES),
    tooManyRequests: tooMany.metric(FIVE_MINUTES),
  };
}

/** A value for each request in five minutes, and 0 while there are too few. */
function rate(
  expression: string,
  label: string,
  usingMetrics: Record<string, cloudwatch.IMetric>,
): cloudwatch.IMetric {
  const { period } = FIVE_MINUTES;
  return new cloudwatch.MathExpression({ expression, usingMetrics, period, label });
}

function functionRules(
  { service, reconciler }: Watched,
  { clockWrong }: ServiceMetrics,
): Record<string, AlarmRule> {
  return {
    ServiceFails: {
      metric: rate('IF(errors >= 3, 100 * errors / calls, 0)', 'failed calls, percent', {
        errors: service.metricErrors(FIVE_MINUTES),
        calls: service.metricInvocations(FIVE_MINUTES),
      }),
      words:
        'One call of the service in a hundred fails: it does not start, or ends in the middle of a request. Look at its log (AuthLogs).',
      threshold: 1,
    },
    ServiceThrottled: {
      metric: service.metricThrottles(FIVE_MINUTES),
      words:
        'Lambda had no instance for a request, and the answer was 503. The account has too few for requestsPerSecond.',
      threshold: 1,
    },
    ReconcilerFails: {
      metric: reconciler.metricErrors(FIVE_MINUTES),
      words: 'The function of the schedule fails. Look at its log (ReconcilerLogs): revocations wait for it.',
      threshold: 3,
    },
    ReconcilerThrottled: {
      metric: reconciler.metricThrottles(FIVE_MINUTES),
      words: 'Lambda had no instance for the schedule, and revocations wait for it. Set reserveSchedule.',
      threshold: 3,
    },
    ClockIsWrong: {
      metric: clockWrong,
      words:
        'The clock of an instance is wrong. Until it is right again, this instance signs nothing and changes no record.',
      threshold: 1,
    },
  };
}

/** Lambda tries a move in the background three times. If it drops the move then, both files are still there. */
function moverRules({ mover }: Watched): Record<string, AlarmRule> {
  return {
    MoverFails: {
      metric: mover.metricErrors(FIVE_MINUTES),
      words:
        'The mover failed to start, or ended in the middle of a move. Look at its log (MoverLogs). The file is still under its old name.',
      threshold: 1,
    },
    MovesDropped: {
      metric: mover.metric('AsyncEventsDropped', FIVE_MINUTES),
      words:
        'Lambda gave up a move in the background. The file is still under its old name, and perhaps under the new one too. See docs/operate.md, "Trash and versions".',
      threshold: 1,
    },
  };
}

/** Lambda tries a result three times. If it drops the result then, a list shows the file as scanned until it guesses. */
function scannedRules({ scanned }: Watched): Record<string, AlarmRule> {
  if (!scanned) return {};
  return {
    ScanResultsFail: {
      metric: scanned.metricErrors(FIVE_MINUTES),
      words:
        'A result of a scan was not written. Look at the log (ScannedLogs). Who may read the file is not touched: its tag says that.',
      threshold: 1,
    },
    ScanResultsDropped: {
      metric: scanned.metric('AsyncEventsDropped', FIVE_MINUTES),
      words:
        'Lambda gave up a result of a scan. Lists show the file as being scanned, and guess after an hour.',
      threshold: 1,
    },
  };
}

function revocationRules(metrics: ServiceMetrics): Record<string, AlarmRule> {
  const { edgeNotTold, untold, storeBytes } = metrics;
  return {
    EdgeWasNotTold: {
      metric: edgeNotTold,
      words: 'The edge could not be told of a revocation; the schedule tells it again within a minute.',
      threshold: 1,
    },
    EdgeStaysUntold: {
      metric: untold,
      words:
        'For five minutes, the edge has been more than a minute late with a revocation, or the schedule is silent.',
      threshold: 60,
      periods: 5,
      missingRings: true,
    },
    StoreFillsUp: {
      metric: storeBytes,
      words:
        'The KeyValueStore holds three fifths of its 5 MB, more than usual sign-outs need. See docs/operate.md, "Alarms".',
      threshold: 0.6 * STORE_BYTES,
    },
    StoreIsFull: {
      metric: storeBytes,
      words: 'The KeyValueStore holds four fifths of its 5 MB. See docs/operate.md, "Alarms".',
      threshold: 0.8 * STORE_BYTES,
    },
  };
}

/** Lambda counts an answer of 5xx as a success, and does not see the requests that the API refuses. */
function appHostRules(
  { api }: AppHost,
  { tooManyRequests }: ServiceMetrics,
  { requestsPerSecond, signingKmsKeyArn }: StackValues,
): Record<string, AlarmRule> {
  return {
    ...(signingKmsKeyArn === undefined ? {} : { SignsTooOften: signatureRule(api, signingKmsKeyArn) }),
    RequestsNearLimit: {
      metric: api.metricCount({ period: MINUTE.period, statistic: 'Sum' }),
      words:
        'The app host has had 60 percent of requestsPerSecond for three minutes. Above it, nobody can sign in or renew. See docs/operate.md, "A flood at the app host".',
      threshold: 0.6 * requestsPerSecond * 60,
      periods: 3,
    },
    AppHostFails: {
      metric: rate('IF(errors >= 5, 100 * errors / requests, 0)', '5xx, percent', {
        errors: api.metricServerError(FIVE_MINUTES),
        requests: api.metricCount(FIVE_MINUTES),
      }),
      words: 'One request in twenty to the app host gets 5xx. GET /readyz names the part that is down.',
      threshold: 5,
      periods: 2,
    },
    RequestsRefused: {
      metric: tooManyRequests,
      words:
        'The app host refuses requests (429). The access log (ApiLogs) has the clients: one is a flood, many need more requestsPerSecond.',
      threshold: 100,
    },
  };
}

/**
 * A request of a person makes one signature or none, and a list of shares makes one for each. KMS counts the calls of a
 * key by operation (AWS Security Blog, "AWS KMS CloudWatch metrics", 2025: certain; the names of the dimensions:
 * likely). If they are others, this alarm is silent, and changes nothing else.
 */
function signatureRule(api: AppHost['api'], keyArn: string): AlarmRule {
  const signatures = new cloudwatch.Metric({
    namespace: 'AWS/KMS',
    metricName: 'SuccessfulRequest',
    dimensionsMap: { KeyArn: keyArn, Operation: 'Sign' },
    ...FIVE_MINUTES,
  });
  return {
    metric: rate(
      'IF(signatures >= 500, signatures / (FILL(requests, 0) + 1), 0)',
      'signatures for each request',
      { signatures, requests: api.metricCount(FIVE_MINUTES) },
    ),
    words:
      'The key signs five times as often as the app host has requests. Someone may hold the role of the service. See docs/operate.md, "Alarms".',
    threshold: 5,
  };
}

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
        graph('Clocks that became wrong', [metrics.clockWrong]),
        graph('App host: 429', [metrics.tooManyRequests]),
      ],
    ],
  });
}
