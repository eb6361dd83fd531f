import { markdownTable } from '../test/support/generated-page.ts';

const MILLION = 1_000_000;
const GB = 1_024 ** 3;
/** AWS counts in powers of two. */
const TB = 1_024;
/** A month of 730 hours, as AWS counts, and the runs of the schedule in it. */
export const MONTH_SECONDS = 730 * 3_600;
const RUNS = MONTH_SECONDS / 60;

/** USD for one. */
type Price = [service: string, usd: number, freeEachMonth: number, source: string];

/** us-east-1, viewers in the US. Looked up on 2026-11-28, and 2026-12-02, in stored copies of public pages. */
// biome-ignore format: one price is one line
export const PRICES = {
  edgeGigabytes: ['CloudFront', 0.085, TB, 'aws.amazon.com/cloudfront/pricing, undated: the first 10 TB; less beyond'],
  edgeRequests: ['CloudFront', 1 / MILLION, 10 * MILLION, 'factualminds.com, 2026-06-13'],
  edgeFunctions: ['CloudFront', 0.1 / MILLION, 2 * MILLION, 'cur.vantage.sh, undated'],
  additionalMetrics: ['CloudFront', 0.3, 0, 'DG: viewing-cloudfront-metrics; the price of a custom metric'],
  storeReads: ['KeyValueStore', 0.03 / MILLION, 2 * MILLION, 'hedgerules.micahrl.com, undated'],
  storeCalls: ['KeyValueStore', 1 / 1_000, 0, 'github.com/anomalyco/sst/issues/5720, 2025-04-22; no page of AWS says it'],
  s3Gigabytes: ['S3', 0.023, 0, 'devnotes.tech, undated'],
  s3Writes: ['S3', 5 / MILLION, 0, 'devnotes.tech; LIST: c3x.dev, undated'],
  s3Reads: ['S3', 0.4 / MILLION, 0, 'c3x.dev, undated'],
  tableWrites: ['DynamoDB', 0.625 / MILLION, 0, 'airbyte.com, 2025-07-21'],
  tableReads: ['DynamoDB', 0.125 / MILLION, 0, 'airbyte.com, 2025-07-21'],
  tableGigabytes: ['DynamoDB', 0.25, 25, 'aws.amazon.com/dynamodb/pricing, undated'],
  tableRecovery: ['DynamoDB', 0.2, 0, 'docs.echo.stream, undated'],
  lambdaRuns: ['Lambda', 0.2 / MILLION, MILLION, 'cloudchipr.com, 2024'],
  lambdaGigabyteSeconds: ['Lambda', 0.0000133334, 400_000, 'cloudchipr.com, 2024: arm64'],
  apiRequests: ['HTTP API', 1 / MILLION, 0, 'awsforengineers.com, 2025-05-19'],
  apiGigabytes: ['HTTP API', 0.09, 100, 'awsforengineers.com, 2025-05-19; bytes of S3 cost the same'],
  alarmMetrics: ['CloudWatch', 0.1, 10, 'c3x.dev, undated; free: aws.amazon.com/cloudwatch/pricing, undated'],
  customMetrics: ['CloudWatch', 0.3, 10, 'factualminds.com, 2026-06-13'],
  dashboards: ['CloudWatch', 3, 3, 'factualminds.com, 2026-06-13'],
  logGigabytes: ['CloudWatch', 0.5, 5, 'c3x.dev, June 2026'],
  logGigabyteMonths: ['CloudWatch', 0.03, 0, 'c3x.dev, June 2026; not compressed'],
  secrets: ['Secrets Manager', 0.4, 0, 'astro.sph.sh, 2025-12-23'],
  secretReads: ['Secrets Manager', 0.05 / 10_000, 0, 'hivebook.wiki, undated'],
  kmsKeys: ['KMS', 1, 0, 'aws.amazon.com/kms/pricing, undated'],
  kmsSignatures: ['KMS', 15 / MILLION, 0, 'factualminds.com, 2026-06-13; wring.co, 2026-03-15, has a fifth'],
  healthChecks: ['Route 53', 1.5, 0, 'wewantcode.com, undated: 0.50, free of charge for 50; HTTPS, 1.00, from memory'],
  zones: ['Route 53', 0.5, 0, 'ns1.com, undated'],
  webAcls: ['AWS WAF', 5 + 1, 0, 'c3x.dev, undated: with one rule'],
  webAclRequests: ['AWS WAF', 0.6 / MILLION, 0, 'c3x.dev, undated'],
  events: ['EventBridge', 1 / MILLION, 0, 'blog.awsfundamentals.com, undated'],
  scanGigabytes: ['GuardDuty', 0.09, 0, 'from memory; the guide has 1 GB and 1,000 files free for a year'],
  scannedFiles: ['GuardDuty', 0.215 / 1_000, 0, 'from memory'],
  backupGigabytes: ['AWS Backup', 0.05, 0, 'cloudburn.io, 2026-02-07; for S3 likely the same'],
  tableBackupGigabytes: ['AWS Backup', 0.1, 0, 'factualminds.com, 2026-06-13'],
  edgeLambdaRuns: ['Lambda@Edge', 0.6 / MILLION, 0, 'awsnegotiations.com, undated'],
  edgeLambdaGigabyteSeconds: ['Lambda@Edge', 0.00005001, 0, 'awsnegotiations.com, undated'],
} satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;
export type Usage = Partial<Record<PriceName, number>>;
/** How many of each, by the names of `PRICES` and of `TAKES`. */
export type Amounts = Record<string, number>;

const logged = (bytes: number, months = 12) => ({
  logGigabytes: bytes / GB,
  logGigabyteMonths: (bytes * months) / GB,
});

/** What one of each takes. `npm run bench -- month` counts calls and units of the service; bytes and milliseconds are assumed. */
// biome-ignore format: one row is one line
const TAKES: Record<string, Amounts> = {
  request: { apiRequests: 1, apiGigabytes: 2_000 / GB, lambdaRuns: 1, lambdaGigabyteSeconds: 0.02 / 2, ...logged(1_200), secretReads: 1 / 1_000 },
  signIn: { request: 2, tableWrites: 5, tableReads: 2, kmsSignatures: 1 },
  renewal: { request: 1, tableWrites: 1, tableReads: 1, kmsSignatures: 1 },
  teamRenewal: { request: 1, tableReads: 1, kmsSignatures: 1 },
  /** `GET /readyz`, if the last look was 5 s ago. */
  readiness: { request: 1, tableReads: 9, s3Writes: 1, kmsSignatures: 1 },
  page: { request: 1 },
  look: { request: 2, tableReads: 2 },
  list: { request: 1, tableReads: 4.5, s3Writes: 1 },
  upload: { request: 3, tableWrites: 2, tableReads: 5, s3Writes: 4 },
  signOut: { request: 1, tableWrites: 12, tableReads: 25, storeCalls: 1 },
  view: { edgeRequests: 1, edgeFunctions: 2, storeReads: 1, s3Reads: 1, ...logged(700) },
  run: { lambdaRuns: 1, lambdaGigabyteSeconds: 0.1 / 4, tableReads: 31, ...logged(500) },
  removingRun: { tableWrites: 3, tableReads: 23, storeCalls: 1 },
  person: { signIn: 20, renewal: 60, list: 40, look: 20, page: 20, signOut: 5, tableGigabytes: 4_000 / GB, tableRecovery: 4_000 / GB },
  month: { run: RUNS, alarmMetrics: 32, customMetrics: 2, additionalMetrics: 8, dashboards: 1, secrets: 1, kmsKeys: 1 },
};

/** Multiplies: how many of each unit that has a price. */
export function usageOf(amounts: Amounts, times = 1, sum: Usage = {}): Usage {
  for (const [name, each] of Object.entries(amounts)) {
    const parts = TAKES[name];
    if (parts) usageOf(parts, times * each, sum);
    else if (isPriceName(name)) sum[name] = (sum[name] ?? 0) + times * each;
    else throw new Error(`nothing is known of ${name}`);
  }
  return sum;
}

/** USD. @param service only that one */
export function costOf(amounts: Amounts, service?: string, isAfterFree = false): number {
  let sum = 0;
  for (const [name, amount] of Object.entries(usageOf(amounts))) {
    if (!isPriceName(name) || (service !== undefined && PRICES[name][0] !== service)) continue;
    const free = isAfterFree ? Math.min(amount, PRICES[name][2]) : 0;
    sum += PRICES[name][1] * (amount - free);
  }
  return sum;
}

function isPriceName(name: string): name is PriceName {
  return Object.hasOwn(PRICES, name);
}

/** Files of each person: uploads, views, MB of one, GB that are stored, GB that are deleted or replaced. */
// biome-ignore format: one scenario is one line
const SCENARIOS = {
  '1,000 users with 10 GB each': { people: 1_000, uploads: 512, views: 5_120, megabytes: 2, stored: 10, deleted: 1 },
  idle: { people: 0, uploads: 0, views: 0, megabytes: 0, stored: 0, deleted: 0 },
  '20 users with 1 GB each': { people: 20, uploads: 20, views: 500, megabytes: 2, stored: 1, deleted: 0.1 },
  'a million users with 50 MB each': { people: MILLION, uploads: 2, views: 1_000, megabytes: 50 / TB, stored: 50 / TB, deleted: 0.001 },
};
type Scenario = (typeof SCENARIOS)[keyof typeof SCENARIOS];

/** One of the million. */
const PERSON = { person: 1, upload: 2, view: 1_000 };
const MONTH_DAYS = 730 / 24;
/** A file that is deleted or replaced is kept for a week, and in a backup for 35 days. */
const [KEPT_MONTHS, BACKUP_MONTHS] = [7 / MONTH_DAYS, 35 / MONTH_DAYS];

/** The default installation: what `npm run deploy` makes of the values that it needs, with its key in KMS. */
function defaultOf({ people, uploads, views, megabytes, stored, deleted }: Scenario): Amounts {
  const signOuts = people * (TAKES['person']?.['signOut'] ?? 0);
  return {
    ...{ month: 1, person: people, upload: people * uploads, view: people * views },
    edgeGigabytes: (people * views * megabytes) / TB,
    s3Gigabytes: people * (stored + deleted * KEPT_MONTHS),
    customMetrics: people === 0 ? 0 : 4,
    // Removals of a run share calls of 50 keys.
    removingRun: Math.min(signOuts, RUNS),
    storeCalls: Math.max(0, signOuts / 50 - RUNS),
  };
}

/**
 * What is added by what an operator may choose. Of the 15 health checkers of Route 53 (wewantcode.com), three of eight
 * regions ask, each every 30 s. Budgets without actions are free (from memory).
 */
// biome-ignore format: one option is one line
const OPTIONS: Record<string, (scenario: Scenario) => Amounts> = {
  '`alarmEmail`: the health check and its alarm': () => ({ healthChecks: 1, alarmMetrics: 1, readiness: MONTH_SECONDS / 5 }),
  '`backup`: 35 days, at most': ({ people, uploads, stored, deleted }) => ({ backupGigabytes: people * (stored + deleted * BACKUP_MONTHS), tableBackupGigabytes: (35 * people * 4_000) / GB, s3Reads: 2 * people * uploads, events: 2 * people * uploads }),
  '`scan`: files and thumbnails': ({ people, uploads, megabytes }) => ({ scanGigabytes: (people * uploads * megabytes) / TB, scannedFiles: 2 * people * uploads, s3Reads: 2 * people * uploads, events: 4 * people * uploads, tableWrites: 2 * people * uploads }),
  'a team that each user opens': ({ people }) => ({ teamRenewal: 80 * people }),
  'a web ACL with one rule': ({ people, views }) => ({ webAcls: 1, webAclRequests: people * views }),
  'a Route 53 zone': () => ({ zones: 1 }),
};

/** Ways to show a private file: what a million views use, and the bytes of each. One list of 100 files signs 100 URLs. */
// biome-ignore format: one way is one line
const WAYS: Record<string, [usage: Amounts, bytes: PriceName]> = {
  this: [{ view: MILLION }, 'edgeGigabytes'],
  'Lambda@Edge that reads a token': [{ edgeRequests: MILLION, s3Reads: MILLION, edgeLambdaRuns: MILLION, edgeLambdaGigabyteSeconds: (MILLION * 0.005) / 8, ...logged(700 * MILLION) }, 'edgeGigabytes'],
  'streamed through Lambda': [{ apiRequests: MILLION, s3Reads: MILLION, lambdaRuns: MILLION, lambdaGigabyteSeconds: (MILLION * 0.1) / 2, tableReads: MILLION, ...logged(1_200 * MILLION) }, 'apiGigabytes'],
  'presigned S3 URLs': [{ s3Reads: MILLION, list: MILLION / 100 }, 'apiGigabytes'],
};

/** The busiest hours have so many times the mean. */
const PEAK = 5;
/** A key of 26 characters with one start, for 22.5 minutes. */
const STORE_ENTRIES = (5 * 1_024 ** 2) / 42 / 1_350;

/** What each limit takes in a second, what one of the million users takes of it in a month, and the way out. */
// biome-ignore format: one limit is one line
const LIMITS: [limit: string, perSecond: number, unit: PriceName | 'signOut', times: number, then: string][] = [
  ['**this stack: 500 requests a second to the app host**', 500, 'apiRequests', 1, 'set `requestsPerSecond` higher, and see that Lambda has the instances'],
  ['KeyValueStore: one update of 50 keys at a time, if each takes a second', 50, 'signOut', 1, 'several files hosts with a store each'],
  ['KMS: 1,000 signatures a second', 1_000, 'kmsSignatures', 1, 'raise it, or keep the key in Secrets Manager'],
  ['KeyValueStore: 5 MB, entries of 22.5 minutes', STORE_ENTRIES, 'signOut', 1, 'shorter cookies, or several files hosts'],
  ['HTTP API: 10,000 requests a second; Lambda: 1,000 instances, 0.1 s a request', 10_000, 'apiRequests', 1, 'raise it, or containers'],
  ['DynamoDB table: 40,000 read units a second', 40_000, 'tableReads', 1, 'raise it'],
  ['DynamoDB table: 40,000 write units a second', 40_000, 'tableWrites', 1, 'raise it'],
  ['CloudFront: 250,000 requests a second of a distribution', 250_000, 'edgeRequests', 1, 'raise it, or several distributions'],
  ['DynamoDB index `due`: 16 partitions of 1,000 write units a second', 16_000, 'signOut', 4, 'more partitions (`table/table.ts`)'],
];

/** Millions of users at whom a limit is reached, with two digits. */
export function usersAt(perSecond: number, unit: PriceName | 'signOut', times: number): string {
  const each = unit === 'signOut' ? (TAKES['person']?.[unit] ?? 0) : (usageOf(PERSON)[unit] ?? 0);
  const millions = (perSecond * MONTH_SECONDS) / PEAK / (times * each) / MILLION;
  return String(Number(millions.toPrecision(2)));
}

const usd = (amount: number) =>
  amount < 99.995 ? amount.toFixed(2) : Math.round(amount).toLocaleString('en-US');

type Row = [title: string, costs: number[]];

function tableOf(titles: string[], rows: Row[]): string {
  return markdownTable([['', ...titles], ...rows.map(([title, costs]) => [title, ...costs.map(usd)])]);
}

/** The tables of docs/cost.md, by their markers. */
export function tables(): Record<string, string> {
  const titles = Object.keys(SCENARIOS);
  const ofAll = (costIn: (scenario: Scenario) => number) => Object.values(SCENARIOS).map(costIn);
  const services = new Set(Object.values(PRICES).map(([service]) => service));
  const ofServices = [...services].map((name): Row => [name, ofAll((each) => costOf(defaultOf(each), name))]);
  const ways = Object.values(WAYS);
  const bytes = (MILLION * 50) / 1_024 ** 2;
  return {
    month: tableOf(titles, [
      ...ofServices.filter(([, costs]) => costs.some((cost) => cost > 0)),
      ['**sum, without free tiers**', ofAll((each) => costOf(defaultOf(each)))],
      [
        '**sum, with the free tiers that do not end**',
        ofAll((each) => costOf(defaultOf(each), undefined, true)),
      ],
    ]),
    options: tableOf(
      titles,
      Object.entries(OPTIONS).map(([title, of]): Row => [title, ofAll((each) => costOf(of(each)))]),
    ),
    views: tableOf(Object.keys(WAYS), [
      ['sum', ways.map(([usage, kind]) => costOf({ ...usage, [kind]: bytes }))],
      ['sum without bytes', ways.map(([usage]) => costOf(usage))],
    ]),
    limits: markdownTable([
      ['limit', 'million users', 'then'],
      ...LIMITS.map(([limit, perSecond, unit, times, then]) => [
        limit,
        usersAt(perSecond, unit, times),
        then,
      ]),
    ]),
  };
}
