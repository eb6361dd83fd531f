import t from 'tap';
import { EDGE_NOT_TOLD, EDGE_STATE } from '../../services/auth/logger.ts';
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
  ]);
});

/** Metric, threshold and periods of each alarm. */
function alarmsOf(template = gateway): unknown[] {
  return ofType(template, 'AWS::CloudWatch::Alarm').map(({ Properties }) => {
    const { MetricName, ComparisonOperator, Threshold, EvaluationPeriods, Period, TreatMissingData } =
      Properties;
    const isLow = ComparisonOperator === 'LessThanOrEqualToThreshold';
    return [MetricName, isLow ? '≤' : '≥', Threshold, `${EvaluationPeriods} × ${Period} s`, TreatMissingData];
  });
}

t.test('alarms on the service, on revocations, and on the app host’s certificate', async (t) => {
  t.strictSame(alarmsOf(), [
    ['Errors', '≥', 1, '1 × 300 s', 'notBreaching'],
    ['Errors', '≥', 3, '1 × 300 s', 'notBreaching'],
    ['EdgeNotTold', '≥', 1, '1 × 300 s', 'notBreaching'],
    ['UntoldSeconds', '≥', 60, '5 × 60 s', 'breaching'],
    ['StoreBytes', '≥', 4_194_304, '1 × 300 s', 'notBreaching'],
    ['DaysToExpiry', '≤', 30, '1 × 86400 s', 'notBreaching'],
  ]);
});

t.test('alarms on the edge, in us-east-1', async (t) => {
  const ofFunction = [
    ['FunctionExecutionErrors', '≥', 1, '1 × 300 s', 'notBreaching'],
    ['FunctionValidationErrors', '≥', 1, '1 × 300 s', 'notBreaching'],
    ['FunctionThrottles', '≥', 1, '1 × 300 s', 'notBreaching'],
    ['FunctionComputeUtilization', '≥', 70, '3 × 300 s', 'notBreaching'],
  ];
  t.strictSame(alarmsOf(watch), [
    ['403ErrorRate', '≥', 20, '3 × 300 s', 'notBreaching'],
    ['503ErrorRate', '≥', 1, '2 × 300 s', 'notBreaching'],
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

t.test('every alarm is sent to alarmEmail', async (t) => {
  t.strictSame(ofType(gateway, 'AWS::SNS::Topic'), []);
  const { gateway: one, watch: other } = templatesOf({ alarmEmail: 'operator@example.com' });
  for (const template of [one, other]) {
    t.match(propertiesOf(template, 'AWS::SNS::Subscription'), {
      Endpoint: 'operator@example.com',
      Protocol: 'email',
      TopicArn: '<Alarms>',
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
  ]);
});
