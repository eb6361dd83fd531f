import { readFileSync } from 'node:fs';

/** The parts of both templates that cost something, or limit something. */
export interface Stack {
  /** Metrics of all alarms. An alarm of several metrics costs as many. */
  alarmMetrics: number;
  /** The metrics that are made from logs, by name. */
  customMetrics: string[];
  additionalMetrics: number;
  dashboards: number;
  /** Runs of the schedule in a minute. */
  runsAMinute: number;
  requestsPerSecond: number;
  keepDeletedDays: number;
  logDays: number;
  memoryMegabytes: { service: number; schedule: number };
}

interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
}

/** With additional metrics, a distribution has up to 8 of them (DG: viewing-cloudfront-metrics). */
const ADDITIONAL_METRICS = 8;

/**
 * Counts in the templates that `test/infra/snapshot.test.ts` compares with the built ones.
 * @throws Error if a template has another form
 */
export function readStack(): Stack {
  const resources = ['gateway', 'watch'].flatMap((name) => {
    const file = new URL(`../../test/infra/templates/${name}.json`, import.meta.url);
    return Object.entries(castTemplate(readFileSync(file, 'utf8')).Resources);
  });
  const ofType = (type: string) => resources.filter(([, { Type }]) => Type === type);
  const values = (type: string, name: string) => ofType(type).map(([, { Properties }]) => Properties[name]);
  const memoryOf = (id: string) =>
    Number(
      ofType('AWS::Lambda::Function').find(([name]) => name.startsWith(id))?.[1].Properties['MemorySize'],
    );
  const stack = {
    alarmMetrics: sum(values('AWS::CloudWatch::Alarm', 'Metrics').map(metricsOf)),
    customMetrics: namesOf(values('AWS::Logs::MetricFilter', 'MetricTransformations')),
    additionalMetrics: ofType('AWS::CloudFront::MonitoringSubscription').length * ADDITIONAL_METRICS,
    dashboards: ofType('AWS::CloudWatch::Dashboard').length,
    runsAMinute: values('AWS::Events::Rule', 'ScheduleExpression').filter((each) => each === 'rate(1 minute)')
      .length,
    requestsPerSecond: numberIn(
      values('AWS::ApiGatewayV2::Stage', 'DefaultRouteSettings'),
      'ThrottlingRateLimit',
    ),
    keepDeletedDays: numberIn(values('AWS::S3::Bucket', 'LifecycleConfiguration'), 'NoncurrentDays'),
    logDays: numberIn(values('AWS::Logs::LogGroup', 'RetentionInDays'), 'RetentionInDays'),
    memoryMegabytes: { service: memoryOf('Auth'), schedule: memoryOf('Reconciler') },
  };
  const { service, schedule } = stack.memoryMegabytes;
  if (!(service > 0 && schedule > 0 && stack.runsAMinute === 1))
    throw new Error('the templates have another form than this count knows');
  return stack;
}

function castTemplate(json: string) {
  return JSON.parse(json) as { Resources: Record<string, Resource> };
}

/** The metrics of one alarm: one without `Metrics`, else those that no expression makes. */
function metricsOf(metrics: unknown): number {
  if (!Array.isArray(metrics)) return 1;
  return metrics.filter((metric: Record<string, unknown>) => 'MetricStat' in metric).length;
}

function namesOf(transformations: unknown[]): string[] {
  const names = JSON.stringify(transformations).matchAll(/"MetricName":"(\w+)"/g);
  return [...new Set([...names].map(([, name = '']) => name))];
}

/** The one value that all these numbers have. */
function numberIn(values: unknown[], name: string): number {
  const found = JSON.stringify(
    values.map((value) => (typeof value === 'number' ? { [name]: value } : value)),
  );
  const numbers = new Set(
    [...found.matchAll(new RegExp(`"${name}":(\\d+)`, 'g'))].map(([, digits]) => Number(digits)),
  );
  const [only] = numbers;
  if (only === undefined || numbers.size > 1) throw new Error(`${name} is ${[...numbers]}`);
  return only;
}

function sum(numbers: number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
