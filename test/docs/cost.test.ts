import { readFileSync } from 'node:fs';
import process from 'node:process';
import t from 'tap';
import { costOf, tables, usageOf, usersAt } from '../../scripts/cost.ts';
import { ofType, templatesOf } from '../infra/support/production.ts';
import { writeBetweenMarkers } from '../support/generated-page.ts';

const PAGE = 'docs/cost.md';

t.test('docs/cost.md says what is computed (UPDATE_COST=1 npm test -- docs/cost writes it)', async (t) => {
  for (const [name, table] of Object.entries(tables())) {
    if (process.env['UPDATE_COST'] === '1') writeBetweenMarkers(`cost:${name}`, table, PAGE);
    const [, written = ''] = readFileSync(PAGE, 'utf8')
      .split(/<!-- \/?(cost:\w+) -->/)
      .join('\n')
      .split(`cost:${name}`);
    t.equal(written.trim(), table, name);
  }
});

t.test('what a month takes is in the templates of the default installation', async (t) => {
  const signingKmsKeyArn = 'arn:aws:kms:eu-central-1:123456789012:key/0c0c0c0c-1111-2222-3333-444444444444';
  const stacks = Object.values(templatesOf({ signingKmsKeyArn }));
  const all = (type: string) => stacks.flatMap((stack) => ofType(stack, type));
  const metrics = all('AWS::CloudWatch::Alarm').flatMap(({ Properties: { Metrics = [1] } }) =>
    [Metrics].flat().filter((metric) => metric === 1 || JSON.stringify(metric).includes('MetricStat')),
  );
  t.match(usageOf({ month: 1 }), {
    alarmMetrics: metrics.length,
    dashboards: all('AWS::CloudWatch::Dashboard').length,
    additionalMetrics: 8 * all('AWS::CloudFront::MonitoringSubscription').length,
  });
  const limits = JSON.stringify(all('AWS::ApiGatewayV2::Stage'));
  t.match(limits, '"ThrottlingRateLimit":500');
});

t.test('what docs/internals.md repeats of this page', async (t) => {
  const flood = costOf({ apiRequests: 500 * 86_400 });
  const text = readFileSync('docs/internals.md', 'utf8').replaceAll(/\s+/g, ' ');
  for (const sentence of [
    `enough for [${usersAt(500, 'apiRequests', 1)} million users](cost.md#limits-on-the-way).`,
    `a flood costs ${Math.round(flood)} dollars a day`,
  ])
    t.ok(text.includes(sentence), sentence);
});
