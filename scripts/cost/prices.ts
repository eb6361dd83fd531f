/** When the prices were looked up, in stored copies of public pages and not at AWS. */
export const LOOKED_UP = '2026-11-28';

export interface Price {
  words: string;
  /** USD for `units`. A list has the price of each part of a month's amount, with the amount at which the part ends. */
  usd: number | [upTo: number, usd: number][];
  units: number;
  /** What a month has for nothing, for every account and without an end. */
  free?: number;
  /** Where the price was found, with the page's date. */
  source: string;
}

const MILLION = 1_000_000;
/** Gigabytes. AWS counts in powers of two. */
const TB = 1_024;

const AWS_CLOUDFRONT = 'aws.amazon.com/cloudfront/pricing, undated';
const AWS_CLOUDWATCH = 'free tier: aws.amazon.com/cloudwatch/pricing, undated';

/** The one table of prices: us-east-1, in USD. */
export const PRICES = {
  edgeGigabytes: {
    words: 'CloudFront: a GB to viewers in North America, Europe, Israel and Türkiye',
    usd: [
      [10 * TB, 0.085],
      [50 * TB, 0.08],
      [150 * TB, 0.06],
      [500 * TB, 0.04],
      [1_024 * TB, 0.03],
      [5_120 * TB, 0.025],
      [Number.POSITIVE_INFINITY, 0.02],
    ],
    units: 1,
    free: TB,
    source: AWS_CLOUDFRONT,
  },
  edgeRequests: {
    words: 'CloudFront: HTTPS requests of viewers in the US',
    usd: 1,
    units: MILLION,
    free: 10 * MILLION,
    source: `factualminds.com, 2026-06-13; free tier: ${AWS_CLOUDFRONT}`,
  },
  edgeFunctions: {
    words: 'CloudFront Functions: runs',
    usd: 0.1,
    units: MILLION,
    free: 2 * MILLION,
    source: `cur.vantage.sh, undated; free tier: ${AWS_CLOUDFRONT}`,
  },
  storeReads: {
    words: 'KeyValueStore: reads by a function (`exists` and `get` are one each)',
    usd: 0.03,
    units: MILLION,
    free: 2 * MILLION,
    source: `hedgerules.micahrl.com, undated; what is a read: the developer guide; free tier: ${AWS_CLOUDFRONT}`,
  },
  storeCalls: {
    words: 'KeyValueStore: calls to its API, each of up to 50 keys',
    usd: 1,
    units: 1_000,
    source:
      'hedgerules.micahrl.com, undated; github.com/anomalyco/sst/issues/5720, 2025-04-22; no page of AWS was found that says it',
  },
  invalidations: {
    words: 'CloudFront: a path of an invalidation',
    usd: 0.005,
    units: 1,
    free: 1_000,
    source: 'AWS whitepaper How AWS Pricing Works, undated',
  },
  s3Gigabytes: {
    words: 'S3 Standard: a GB for a month, less beyond 50 TB',
    usd: 0.023,
    units: 1,
    source: 'devnotes.tech, undated',
  },
  s3Writes: {
    words: 'S3: PUT, POST and LIST requests',
    usd: 5,
    units: MILLION,
    source: 'devnotes.tech, undated; LIST: c3x.dev, undated',
  },
  s3Reads: {
    words: 'S3: GET requests',
    usd: 0.4,
    units: MILLION,
    source: 'c3x.dev and devnotes.tech, undated',
  },
  tableWrites: {
    words: 'DynamoDB on demand: write units of 1 KB',
    usd: 0.625,
    units: MILLION,
    source: 'airbyte.com, 2025-07-21 (after the cut of November 2024)',
  },
  tableReads: {
    words: 'DynamoDB on demand: read units of 4 KB; half a unit if eventually consistent',
    usd: 0.125,
    units: MILLION,
    source: 'airbyte.com, 2025-07-21',
  },
  tableGigabytes: {
    words: 'DynamoDB: a GB for a month',
    usd: 0.25,
    units: 1,
    free: 25,
    source: 'aws.amazon.com/dynamodb/pricing, undated',
  },
  tableRecovery: {
    words: 'DynamoDB: point-in-time recovery of a GB for a month',
    usd: 0.2,
    units: 1,
    source: 'docs.echo.stream, undated: 0.8 of the price of storage',
  },
  lambdaRuns: {
    words: 'Lambda: runs',
    usd: 0.2,
    units: MILLION,
    free: MILLION,
    source: 'cloudchipr.com, 2024',
  },
  lambdaGigabyteSeconds: {
    words: 'Lambda (arm64): GB-seconds',
    usd: 0.0000133334,
    units: 1,
    free: 400_000,
    source: 'cloudchipr.com, 2024',
  },
  apiRequests: {
    words: 'HTTP API: requests, less beyond 300 million',
    usd: 1,
    units: MILLION,
    source: 'awsforengineers.com, 2025-05-19',
  },
  apiGigabytes: {
    words: 'HTTP API: a GB to the Internet',
    usd: 0.09,
    units: 1,
    free: 100,
    source: 'awsforengineers.com, 2025-05-19',
  },
  alarmMetrics: {
    words: 'CloudWatch: a metric of an alarm',
    usd: 0.1,
    units: 1,
    free: 10,
    source: `c3x.dev, undated; ${AWS_CLOUDWATCH}`,
  },
  customMetrics: {
    words: 'CloudWatch: a custom metric that gets values',
    usd: 0.3,
    units: 1,
    free: 10,
    source: `factualminds.com, 2026-06-13; ${AWS_CLOUDWATCH}`,
  },
  additionalMetrics: {
    words: 'CloudFront: an additional metric of a distribution, of 8; the price of a custom metric',
    usd: 0.3,
    units: 1,
    source:
      'the developer guide ("fixed rate for each metric"); whether the free tier has them was not found',
  },
  alarmMails: {
    words: 'SNS: mails of alarms',
    usd: 2,
    units: 100_000,
    free: 1_000,
    source: 'factualminds.com, 2026-06-13; free tier: maratib.github.io, undated',
  },
  dashboards: {
    words: 'CloudWatch: a dashboard',
    usd: 3,
    units: 1,
    free: 3,
    source: `factualminds.com, 2026-06-13; ${AWS_CLOUDWATCH}`,
  },
  logGigabytes: {
    words: 'CloudWatch Logs: a GB that comes in',
    usd: 0.5,
    units: 1,
    free: 5,
    source: `c3x.dev, June 2026; ${AWS_CLOUDWATCH}`,
  },
  logStorage: {
    words: 'CloudWatch Logs: a GB for a month, not compressed. AWS compresses logs, so this may be less',
    usd: 0.03,
    units: 1,
    source: 'c3x.dev, June 2026',
  },
  secrets: { words: 'Secrets Manager: a secret', usd: 0.4, units: 1, source: 'astro.sph.sh, 2025-12-23' },
  secretReads: {
    words: 'Secrets Manager: calls',
    usd: 0.05,
    units: 10_000,
    source: 'hivebook.wiki, undated',
  },
  kmsKeys: { words: 'KMS: a key', usd: 1, units: 1, source: 'aws.amazon.com/kms/pricing, undated' },
  kmsSignatures: {
    words: 'KMS: P-256 signatures',
    usd: 15,
    units: MILLION,
    source:
      'factualminds.com, 2026-06-13: asymmetric costs five times symmetric; wring.co, 2026-03-15, has 3.00 for both',
  },
  zones: { words: 'Route 53: a hosted zone', usd: 0.5, units: 1, source: 'ns1.com, undated' },
  webAcls: { words: 'AWS WAF: a web ACL', usd: 5, units: 1, source: 'c3x.dev, undated' },
  webAclRules: { words: 'AWS WAF: a rule', usd: 1, units: 1, source: 'c3x.dev, undated' },
  webAclRequests: { words: 'AWS WAF: requests', usd: 0.6, units: MILLION, source: 'c3x.dev, undated' },
  events: {
    words: 'EventBridge: events of S3, with a rule or without',
    usd: 1,
    units: MILLION,
    source:
      'blog.awsfundamentals.com, undated: custom events; aws.amazon.com/eventbridge/pricing, undated, has those of S3 outside the free ones',
  },
  edgeLambdaRuns: {
    words: 'Lambda@Edge: runs',
    usd: 0.6,
    units: MILLION,
    source: 'awsnegotiations.com, undated',
  },
  edgeLambdaGigabyteSeconds: {
    words: 'Lambda@Edge: GB-seconds',
    usd: 0.00005001,
    units: 1,
    source: 'awsnegotiations.com, undated',
  },
  containerCpuHours: {
    words: 'Fargate: hours of a vCPU',
    usd: 0.04048,
    units: 1,
    source: 'fortem.dev, 2026',
  },
  containerGigabyteHours: {
    words: 'Fargate: hours of a GB',
    usd: 0.004445,
    units: 1,
    source: 'fortem.dev, 2026',
  },
} satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;

/** Other viewers: USD for a GB, up to 10 TB (source as `edgeGigabytes`). */
export const EDGE_GIGABYTES_ELSEWHERE = {
  'South Africa, Kenya, Nigeria, Middle East, South America': 0.11,
  'Japan, Australia, New Zealand': 0.114,
  'Hong Kong, Indonesia, Philippines, Singapore, South Korea, Taiwan, Thailand, Malaysia, Vietnam': 0.12,
  India: 0.109,
};

/** A flat-rate plan of CloudFront. Each is for one distribution. */
export interface Plan {
  words: string;
  usd: number;
  requests: number;
  gigabytes: number;
  /** The S3 storage that is included. */
  s3Gigabytes: number;
  /** Whether it takes cache and response headers policies of one's own. */
  takesPolicies: boolean;
}

const PREMIUM = { s3Gigabytes: 5 * TB, takesPolicies: true };

/** Where the plans were found. */
export const PLANS_SOURCE =
  'github.com/api-evangelist/cloudfront, 2026-09-05, which quotes AWS; for the S3 credit: bybowu.com, 2025-11-30';

export const PLANS: readonly Plan[] = [
  { words: 'Free', usd: 0, requests: MILLION, gigabytes: 100, s3Gigabytes: 5, takesPolicies: false },
  {
    words: 'Pro',
    usd: 15,
    requests: 10 * MILLION,
    gigabytes: 50 * TB,
    s3Gigabytes: 50,
    takesPolicies: false,
  },
  {
    words: 'Business',
    usd: 200,
    requests: 125 * MILLION,
    gigabytes: 50 * TB,
    s3Gigabytes: TB,
    takesPolicies: true,
  },
  { words: 'Premium', usd: 1_000, requests: 500 * MILLION, gigabytes: 50 * TB, ...PREMIUM },
  { words: 'Premium, 75 TB', usd: 1_450, requests: 750 * MILLION, gigabytes: 75 * TB, ...PREMIUM },
  { words: 'Premium, 125 TB', usd: 2_250, requests: 1_250 * MILLION, gigabytes: 125 * TB, ...PREMIUM },
  { words: 'Premium, 200 TB', usd: 3_500, requests: 2_000 * MILLION, gigabytes: 200 * TB, ...PREMIUM },
  { words: 'Premium, 350 TB', usd: 6_000, requests: 3_500 * MILLION, gigabytes: 350 * TB, ...PREMIUM },
  { words: 'Premium, 600 TB', usd: 10_000, requests: 6_000 * MILLION, gigabytes: 600 * TB, ...PREMIUM },
];

/** Amounts of a month. */
export type Usage = Partial<Record<PriceName, number>>;

/** USD. @param amount of a month */
export function cost(name: PriceName, amount: number): number {
  const { usd, units }: Price = PRICES[name];
  if (typeof usd === 'number') return (amount / units) * usd;
  let sum = 0;
  let from = 0;
  for (const [upTo, each] of usd) {
    sum += (Math.max(0, Math.min(amount, upTo) - from) / units) * each;
    from = upTo;
  }
  return sum;
}

/** USD, after what is free every month. */
export function costAfterFree(name: PriceName, amount: number): number {
  const { free = 0 }: Price = PRICES[name];
  return cost(name, amount) - cost(name, Math.min(amount, free));
}

/** USD of all amounts. Each line is rounded to a cent, as on a bill. */
export function sumOf(usage: Usage, of = cost): number {
  return PRICE_NAMES.reduce((sum, name) => sum + Math.round(100 * of(name, usage[name] ?? 0)), 0) / 100;
}

function isPriceName(name: string): name is PriceName {
  return Object.hasOwn(PRICES, name);
}

/** @throws Error if there is no such price */
export function parsePriceName(name: string): PriceName {
  if (isPriceName(name)) return name;
  throw new Error(`scripts/cost/prices.ts has no price ${name}`);
}

export const PRICE_NAMES: readonly PriceName[] = Object.keys(PRICES).filter(isPriceName);
