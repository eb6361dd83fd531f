import t from 'tap';
import { ofType, plain, propertiesOf, templatesOf } from './support/production.ts';

// Thresholds, periods and words of the alarms are in the reviewed templates (snapshot.test.ts).
const { gateway, watch } = templatesOf();

t.test('CloudFront’s log holds no query, no cookies and no referrer: those open files', async (t) => {
  const { RecordFields } = propertiesOf(watch, 'AWS::Logs::Delivery');
  t.ok(Array.isArray(RecordFields) && RecordFields.length > 10);
  t.notMatch(JSON.stringify(RecordFields), /query|cookie|referer|cs\((?!Host\))/i);
});

t.test('every log is kept as long as the values say', async (t) => {
  const { gateway: one, watch: other } = templatesOf({ logDays: 90 });
  const groups = [one, other].flatMap((template) => ofType(template, 'AWS::Logs::LogGroup'));
  t.strictSame(
    groups.map(({ Properties }) => Properties['RetentionInDays']),
    [90, 90, 90, 90, 90],
  );
});

t.test('the edge is watched where it is: the deployed functions, with the additional metrics', async (t) => {
  const names = ofType(watch, 'AWS::CloudWatch::Alarm').flatMap(({ Properties }) => {
    const dimensions = Properties['Dimensions'];
    return Array.isArray(dimensions) ? dimensions.filter(({ Name }) => Name === 'FunctionName') : [];
  });
  const deployed = ofType(gateway, 'AWS::CloudFront::Function').map(({ Properties }) => Properties['Name']);
  t.strictSame([...new Set(names.map(({ Value }) => Value))], deployed);
  t.match(propertiesOf(gateway, 'AWS::CloudFront::MonitoringSubscription'), {
    MonitoringSubscription: {
      RealtimeMetricsSubscriptionConfig: { RealtimeMetricsSubscriptionStatus: 'Enabled' },
    },
  });
});

t.test('an alarm rings if the schedule that reports is silent, and no other does', async (t) => {
  const ringing = ofType(gateway, 'AWS::CloudWatch::Alarm').filter(
    ({ Properties }) => Properties['TreatMissingData'] === 'breaching',
  );
  t.strictSame(
    ringing.map(({ Properties }) => Properties['MetricName']),
    ['UntoldSeconds'],
  );
});

t.test('every alarm is sent to alarmEmail, since CloudWatch may publish to the topic', async (t) => {
  t.strictSame(ofType(gateway, 'AWS::SNS::Topic'), []);
  const { gateway: one, watch: other } = templatesOf({ alarmEmail: 'operator@example.com' });
  for (const [index, template] of [one, other].entries()) {
    // A key of its own would need a right for CloudWatch.
    t.strictSame(ofType(template, 'AWS::SNS::Topic'), [{ Type: 'AWS::SNS::Topic' }], `row ${index}`);
    t.match(
      propertiesOf(template, 'AWS::SNS::Subscription'),
      { Endpoint: 'operator@example.com' },
      `row ${index}`,
    );
    t.match(
      JSON.stringify(propertiesOf(template, 'AWS::SNS::TopicPolicy')),
      /"cloudwatch\.amazonaws\.com"/,
      `row ${index}`,
    );
    for (const { Properties } of ofType(template, 'AWS::CloudWatch::Alarm')) {
      t.strictSame(plain(Properties['AlarmActions']), ['<Alarms>'], String(Properties['AlarmDescription']));
    }
  }
});
