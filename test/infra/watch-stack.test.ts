import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import {
  EVERYTHING,
  OTHERWISE,
  ofType,
  plain,
  propertiesOf,
  type Synthesized,
  type SynthesizedResource,
  templatesOf,
} from './support/production.ts';

// Thresholds, periods and words of the alarms are in the reviewed templates (snapshot.test.ts).
const { gateway, watch } = templatesOf();
const all = templatesOf(EVERYTHING);
const other = templatesOf(OTHERWISE);

t.test('CloudFront’s log holds no query, no cookies and no referrer: those open files', async (t) => {
  const { RecordFields } = propertiesOf(watch, 'AWS::Logs::Delivery');
  t.ok(Array.isArray(RecordFields) && RecordFields.length > 10);
  t.notMatch(JSON.stringify(RecordFields), /query|cookie|referer|cs\((?!Host\))/i);
});

t.test('every log is kept as long as the values say', async (t) => {
  const groups = Object.values(other).flatMap((template) => ofType(template, 'AWS::Logs::LogGroup'));
  const days = groups.map(({ Properties }) => Properties['RetentionInDays']);
  t.strictSame(days, [90, 90, 90, 90, 90, 90]);
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
  for (const [name, template] of Object.entries(other)) {
    // A key of its own would need a right for CloudWatch.
    t.strictSame(ofType(template, 'AWS::SNS::Topic'), [{ Type: 'AWS::SNS::Topic' }], name);
    t.match(propertiesOf(template, 'AWS::SNS::Subscription'), { Endpoint: 'operator@example.com' }, name);
    const policy = JSON.stringify(propertiesOf(template, 'AWS::SNS::TopicPolicy'));
    t.match(policy, /"cloudwatch\.amazonaws\.com"/, name);
    for (const { Properties } of ofType(template, 'AWS::CloudWatch::Alarm')) {
      t.strictSame(plain(Properties['AlarmActions']), ['<Alarms>'], String(Properties['AlarmDescription']));
    }
  }
});

/** The resources of a type by the names that people see, which have no hash. */
function byName({ Resources }: Synthesized, type: string): Record<string, SynthesizedResource> {
  const found = Object.entries(Resources).filter(([, { Type }]) => Type === type);
  return Object.fromEntries(found.map(([id, resource]) => [id.replace(/[0-9A-F]{8}$/, ''), resource]));
}

/** Whether one period of an alarm is beyond its threshold, when its metrics have these values. */
function rings(from: Synthesized, name: string, values: Record<string, number>): boolean {
  const { Metrics, Threshold } = byName(from, 'AWS::CloudWatch::Alarm')[name]?.Properties ?? {};
  const { Expression } = Object([Metrics].flat().find((metric) => Object(metric).Expression));
  const functions = {
    IF: (is: boolean, yes: number, no: number) => (is ? yes : no),
    FILL: (value: number | undefined, missing: number) => value ?? missing,
  };
  return runInNewContext(Expression, { ...functions, ...values }) >= Number(Threshold);
}

t.test(
  'alarms of rates ring for a failure at 20 users and at a million, and not for single errors',
  async (t) => {
    // In five minutes of working hours, as docs/cost.md counts: 20 users see 5 files and send 2 requests, beside 30 or
    // more of the health check. A million see 114,000 files and send 24,000 requests.
    for (const [name, from, values, expected] of [
      ['ServiceFails', all.gateway, { errors: 32, calls: 32 }, true],
      ['ServiceFails', all.gateway, { errors: 3, calls: 32 }, true],
      ['ServiceFails', all.gateway, { errors: 2, calls: 32 }, false],
      ['ServiceFails', all.gateway, { errors: 240, calls: 24_000 }, true],
      ['ServiceFails', all.gateway, { errors: 24, calls: 24_000 }, false],
      ['Refusals', watch, { rate: 100, requests: 5 }, true],
      ['Refusals', watch, { rate: 40, requests: 5 }, false],
      ['Refusals', watch, { rate: 20, requests: 114_000 }, true],
      ['Refusals', watch, { rate: 1, requests: 114_000 }, false],
      ['Unavailable', watch, { rate: 100, requests: 5 }, true],
      ['Unavailable', watch, { rate: 0.5, requests: 114_000 }, false],
      ['SignsTooOften', all.gateway, { signatures: 60, requests: 32 }, false],
      ['SignsTooOften', all.gateway, { signatures: 500, requests: 32 }, true],
      ['SignsTooOften', all.gateway, { signatures: 20_000, requests: 24_000 }, false],
      ['SignsTooOften', all.gateway, { signatures: 150_000, requests: 24_000 }, true],
    ] as const)
      t.equal(rings(from, name, values), expected, `${name} ${JSON.stringify(values)}`);
  },
);

t.test('with alarmEmail, somebody asks from outside, and the bill has a limit that is told', async (t) => {
  const types = ['AWS::Route53::HealthCheck', 'AWS::Budgets::Budget'];
  t.strictSame(
    types.flatMap((type) => ofType(watch, type)),
    [],
  );
  const { watch: mailed } = other;
  t.match(propertiesOf(mailed, 'AWS::Route53::HealthCheck'), {
    HealthCheckConfig: {
      Type: 'HTTPS',
      FullyQualifiedDomainName: 'app.example.com',
      ResourcePath: '/readyz',
    },
  });
  t.match(byName(mailed, 'AWS::CloudWatch::Alarm')['AppHostDown']?.Properties, {
    ...{ Namespace: 'AWS/Route53', MetricName: 'HealthCheckStatus', TreatMissingData: 'breaching' },
    ...{ ComparisonOperator: 'LessThanOrEqualToThreshold', Threshold: 0 },
  });
  const { Budget, NotificationsWithSubscribers } = propertiesOf(mailed, 'AWS::Budgets::Budget');
  t.match(Budget, { BudgetLimit: { Amount: 2_000, Unit: 'USD' }, TimeUnit: 'MONTHLY' });
  t.match(NotificationsWithSubscribers, [
    { Notification: { NotificationType: 'ACTUAL' }, Subscribers: [{ Address: 'operator@example.com' }] },
    { Notification: { NotificationType: 'FORECASTED' } },
  ]);
});

t.test('a mail says that a scan found something or failed, and what the scanner is', async (t) => {
  const { gateway: scanned } = other;
  const rules = byName(scanned, 'AWS::Events::Rule');
  t.match(plain(rules['FileBlocked']?.Properties), {
    EventPattern: {
      'detail-type': ['GuardDuty Malware Protection Object Scan Result'],
      detail: { scanResultDetails: { scanResultStatus: ['THREATS_FOUND', 'ACCESS_DENIED', 'FAILED'] } },
    },
    Targets: [{ Arn: '<Alarms>' }],
  });
  t.match(plain(rules['ScannerChanged']?.Properties), {
    EventPattern: { 'detail-type': [{ prefix: 'GuardDuty Malware Protection Resource Status ' }] },
    Targets: [{ Arn: '<Alarms>' }],
  });
  t.match(JSON.stringify(propertiesOf(scanned, 'AWS::SNS::TopicPolicy')), /"events\.amazonaws\.com"/);
});

t.test(
  'docs/operate.md has each alarm and mail with its severity and the first query, and no other',
  async (t) => {
    const [, table = ''] = readFileSync('docs/operate.md', 'utf8').split('\n| alarm ');
    const rows = table.split('\n\n', 1)[0]?.split('\n').slice(2) ?? [];
    const documented = rows.flatMap((row) => {
      const [, names = '', severity = '', , query = ''] = row.split(/(?<!\\)\|/);
      t.match(severity, /^ (?:now|today|week) +$/, row);
      t.match(query, /\S/, row);
      return [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    });
    const made = Object.values(all).flatMap((template) => [
      ...Object.keys(byName(template, 'AWS::CloudWatch::Alarm')),
      ...Object.entries(byName(template, 'AWS::Events::Rule')).flatMap(([name, { Properties }]) =>
        JSON.stringify(Properties['Targets']).includes('"Alarms') ? [name] : [],
      ),
    ]);
    t.strictSame(documented.toSorted(), made.toSorted());
  },
);
