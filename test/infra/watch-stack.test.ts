import t from 'tap';
import { CLOCK_WRONG, EDGE_NOT_TOLD, EDGE_STATE } from '../../services/auth/logger.ts';
import { ofType, plain, propertiesOf, templatesOf } from './support/production.ts';

const { gateway, watch } = templatesOf();

t.test('CloudFront’s log holds no query, no cookies and no referrer: those open files', async (t) => {
  const { RecordFields, ...delivery } = propertiesOf(watch, 'AWS::Logs::Delivery');
  t.strictSame(RecordFields, [
    ...['date', 'time', 'x-edge-location', 'c-ip', 'cs-method', 'cs(Host)', 'cs-uri-stem', 'sc-status'],
    ...['sc-bytes', 'x-edge-result-type', 'x-edge-response-result-type', 'x-edge-detailed-result-type'],
    ...['x-edge-request-id', 'time-taken', 'time-to-first-byte', 'cs-protocol', 'cs-protocol-version'],
    ...['ssl-protocol', 'sc-content-type'],
  ]);
  t.strictSame(delivery, {
    DeliveryDestinationArn: '<AccessLogsDestination.Arn>',
    DeliverySourceName: 'CloudFrontCookieGateway-access',
  });
  t.strictSame(propertiesOf(watch, 'AWS::Logs::DeliverySource'), {
    LogType: 'ACCESS_LOGS',
    Name: 'CloudFrontCookieGateway-access',
    ResourceArn: 'arn:aws:cloudfront::123456789012:distribution/<DistributionId>',
  });
  t.strictSame(propertiesOf(watch, 'AWS::Logs::DeliveryDestination'), {
    DestinationResourceArn:
      'arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/CloudFrontCookieGateway-access',
    Name: 'CloudFrontCookieGateway-access',
    OutputFormat: 'json',
  });
  t.strictSame(JSON.parse(String(propertiesOf(watch, 'AWS::Logs::ResourcePolicy')['PolicyDocument'])), {
    Statement: [
      {
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Condition: {
          StringEquals: { 'aws:SourceAccount': '123456789012' },
          ArnLike: { 'aws:SourceArn': 'arn:aws:logs:us-east-1:123456789012:*' },
        },
        Effect: 'Allow',
        Principal: { Service: 'delivery.logs.amazonaws.com' },
        Resource:
          'arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/CloudFrontCookieGateway-access:log-stream:*',
      },
    ],
    Version: '2012-10-17',
  });
});

t.test('every log is kept as long as the values say', async (t) => {
  const { gateway: one, watch: other } = templatesOf({ logDays: 90 });
  const groups = [one, other].flatMap((template) => ofType(template, 'AWS::Logs::LogGroup'));
  t.strictSame(
    groups.map(({ Properties }) => Properties['RetentionInDays']),
    [90, 90, 90, 90],
  );
});

t.test('logged events become metrics: their names are those of the service', async (t) => {
  const filters = ofType(gateway, 'AWS::Logs::MetricFilter').map(({ Properties }) => plain(Properties));
  const filter = (log: string, words: string, name: string, value: string) => ({
    FilterPattern: `{ $.msg = "${words}" }`,
    LogGroupName: `<${log}>`,
    MetricTransformations: [
      { MetricName: name, MetricNamespace: 'CloudFrontCookieGateway', MetricValue: value },
    ],
  });
  t.strictSame(filters, [
    filter('AuthLogs', EDGE_NOT_TOLD, 'EdgeNotTold', '1'),
    filter('ReconcilerLogs', EDGE_NOT_TOLD, 'EdgeNotTold', '1'),
    filter('ReconcilerLogs', EDGE_STATE, 'UntoldSeconds', '$.untoldSeconds'),
    filter('ReconcilerLogs', EDGE_STATE, 'StoreBytes', '$.storeBytes'),
    filter('ReconcilerLogs', EDGE_STATE, 'SetAside', '$.setAside'),
    filter('AuthLogs', CLOCK_WRONG, 'ClockWrong', '1'),
    filter('ReconcilerLogs', CLOCK_WRONG, 'ClockWrong', '1'),
    {
      FilterPattern: '{ $.status = "429" }',
      LogGroupName: '<ApiLogs>',
      MetricTransformations: [
        { MetricName: 'TooManyRequests', MetricNamespace: 'CloudFrontCookieGateway', MetricValue: '1' },
      ],
    },
  ]);
});

/** The metric of an alarm, or its expression with the metrics in place of their ids, and the period. */
function measureOf({
  MetricName,
  Period,
  Metrics,
}: Record<string, unknown>): [metric: unknown, seconds: unknown] {
  if (!Array.isArray(Metrics)) return [MetricName, Period];
  const [{ Expression }, ...stats] = Metrics;
  const names = new Map(stats.map(({ Id, MetricStat }) => [Id, MetricStat]));
  const metric = String(Expression).replace(/\b[a-z]+\b/g, (id) => names.get(id)?.Metric.MetricName ?? id);
  return [metric, [...new Set(stats.map(({ MetricStat }) => MetricStat.Period))].join()];
}

/** Metric, threshold and periods of each alarm. */
function alarmsOf(template = gateway): unknown[] {
  return ofType(template, 'AWS::CloudWatch::Alarm').map(({ Properties }) => {
    const { ComparisonOperator, Threshold, EvaluationPeriods, TreatMissingData } = Properties;
    const isLow = ComparisonOperator === 'LessThanOrEqualToThreshold';
    const [metric, seconds] = measureOf(Properties);
    return [metric, isLow ? '≤' : '≥', Threshold, `${EvaluationPeriods} × ${seconds} s`, TreatMissingData];
  });
}

t.test('alarms on the service, on revocations, and on the app host', async (t) => {
  t.strictSame(alarmsOf(), [
    ['Errors', '≥', 1, '1 × 300 s', 'notBreaching'],
    ['Throttles', '≥', 1, '1 × 300 s', 'notBreaching'],
    ['Errors', '≥', 3, '1 × 300 s', 'notBreaching'],
    ['Throttles', '≥', 3, '1 × 300 s', 'notBreaching'],
    ['ClockWrong', '≥', 1, '1 × 300 s', 'notBreaching'],
    ['EdgeNotTold', '≥', 1, '1 × 300 s', 'notBreaching'],
    ['UntoldSeconds', '≥', 60, '5 × 60 s', 'breaching'],
    ['SetAside', '≥', 1, '3 × 300 s', 'notBreaching'],
    ['StoreBytes', '≥', 4_194_304, '1 × 300 s', 'notBreaching'],
    ['IF(5xx >= 5, 100 * 5xx / Count, 0)', '≥', 5, '2 × 300 s', 'notBreaching'],
    ['TooManyRequests', '≥', 100, '1 × 300 s', 'notBreaching'],
    ['DaysToExpiry', '≤', 30, '1 × 86400 s', 'notBreaching'],
  ]);
  const { Metrics } = ofType(gateway, 'AWS::CloudWatch::Alarm')[9]?.Properties ?? {};
  t.strictSame(plain(Metrics), [
    {
      Expression: 'IF(errors >= 5, 100 * errors / requests, 0)',
      Id: 'expr_1',
      Label: '5xx, percent',
      ReturnData: true,
    },
    ...['errors', 'requests'].map((Id) => ({
      Id,
      MetricStat: {
        Metric: {
          Dimensions: [{ Name: 'ApiId', Value: '<Api>' }],
          MetricName: Id === 'errors' ? '5xx' : 'Count',
          Namespace: 'AWS/ApiGateway',
        },
        Period: 300,
        Stat: 'Sum',
      },
      ReturnData: false,
    })),
  ]);
});

t.test('alarms on the edge, in us-east-1: a rate needs a number of requests', async (t) => {
  const ofFunction = [
    ['FunctionExecutionErrors', '≥', 1, '1 × 300 s', 'notBreaching'],
    ['FunctionValidationErrors', '≥', 1, '1 × 300 s', 'notBreaching'],
    ['FunctionThrottles', '≥', 1, '1 × 300 s', 'notBreaching'],
    ['FunctionComputeUtilization', '≥', 70, '3 × 300 s', 'notBreaching'],
  ];
  t.strictSame(alarmsOf(watch), [
    ['IF(403ErrorRate * Requests >= 5000, 403ErrorRate, 0)', '≥', 20, '3 × 300 s', 'notBreaching'],
    ['IF(503ErrorRate * Requests >= 500, 503ErrorRate, 0)', '≥', 1, '2 × 300 s', 'notBreaching'],
    ...ofFunction,
    ...ofFunction,
    ['DaysToExpiry', '≤', 30, '1 × 86400 s', 'notBreaching'],
  ]);
  const names = ofType(watch, 'AWS::CloudWatch::Alarm').flatMap(({ Properties }) => {
    const dimensions = Properties['Dimensions'];
    return Array.isArray(dimensions) ? dimensions.filter(({ Name }) => Name === 'FunctionName') : [];
  });
  const deployed = ofType(gateway, 'AWS::CloudFront::Function').map(({ Properties }) => Properties['Name']);
  t.strictSame([...new Set(names.map(({ Value }) => Value))], deployed, 'of the deployed functions');
  t.match(propertiesOf(gateway, 'AWS::CloudFront::MonitoringSubscription'), {
    MonitoringSubscription: {
      RealtimeMetricsSubscriptionConfig: { RealtimeMetricsSubscriptionStatus: 'Enabled' },
    },
  });
});

t.test('every alarm is sent to alarmEmail, since CloudWatch may publish to the topic', async (t) => {
  t.strictSame(ofType(gateway, 'AWS::SNS::Topic'), []);
  const { gateway: one, watch: other } = templatesOf({ alarmEmail: 'operator@example.com' });
  for (const template of [one, other]) {
    // A key of its own would need a right for CloudWatch.
    t.strictSame(ofType(template, 'AWS::SNS::Topic'), [{ Type: 'AWS::SNS::Topic' }]);
    t.strictSame(propertiesOf(template, 'AWS::SNS::Subscription'), {
      Endpoint: 'operator@example.com',
      Protocol: 'email',
      TopicArn: '<Alarms>',
    });
    t.strictSame(propertiesOf(template, 'AWS::SNS::TopicPolicy'), {
      PolicyDocument: {
        Statement: [
          {
            Action: 'sns:Publish',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            Effect: 'Deny',
            Principal: '*',
            Resource: '<Alarms>',
            Sid: 'AllowPublishThroughSSLOnly',
          },
          {
            Action: 'sns:Publish',
            Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Resource: '<Alarms>',
            Sid: 'AllowPublishByAlarms',
          },
        ],
        Version: '2012-10-17',
      },
      Topics: ['<Alarms>'],
    });
    for (const { Properties } of ofType(template, 'AWS::CloudWatch::Alarm')) {
      t.strictSame(plain(Properties['AlarmActions']), ['<Alarms>'], String(Properties['AlarmDescription']));
    }
  }
});

t.test('one dashboard', async (t) => {
  const { DashboardName, DashboardBody } = propertiesOf(gateway, 'AWS::CloudWatch::Dashboard');
  t.equal(DashboardName, 'CloudFrontCookieGateway');
  const titles = [...String(DashboardBody).matchAll(/"title":"([^"]+)"/g)].map(([, title]) => title);
  t.strictSame(titles, [
    '403 and 503, percent',
    'Functions: errors',
    'Functions: compute utilization',
    'Service',
    'Service: duration',
    'Schedule',
    'The edge was not told',
    'Seconds that the edge has not known of the oldest revocation',
    'KeyValueStore, bytes',
    'Revocations and logouts that are set aside',
    'Clocks that became wrong',
    'App host: 429',
  ]);
});
