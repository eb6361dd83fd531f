import { cost, type PriceName, type Usage } from './prices.ts';
import { ASSUMED } from './usage.ts';
import { usd } from './words.ts';

const MILLION = 1_000_000;
const FILE_KILOBYTES = 50;
const GIGABYTES = (MILLION * FILE_KILOBYTES) / 1_024 ** 2;
const logs = (bytes: number) => ({ logGigabytes: (MILLION * bytes) / 1_024 ** 3 });

/** What each way uses for a million views, by the rows of the table. A way may leave a row out. */
const ROWS = ['requests', 'the check', 'S3, at most', 'logs', 'bytes'] as const;
type Row = (typeof ROWS)[number];

const S3_READS: Usage = { s3Reads: MILLION };
const EDGE_BYTES: Usage = { edgeGigabytes: GIGABYTES };

type Uses = Partial<Record<Row, Usage>>;

/** This project, Lambda@Edge that reads a token, a stream through Lambda, and presigned URLs of S3. */
const WAYS: Uses[] = [
  {
    requests: { edgeRequests: MILLION },
    'the check': { edgeFunctions: 2 * MILLION, storeReads: MILLION },
    'S3, at most': S3_READS,
    logs: logs(ASSUMED.logBytes.edge),
    bytes: EDGE_BYTES,
  },
  {
    requests: { edgeRequests: MILLION },
    'the check': { edgeLambdaRuns: MILLION, edgeLambdaGigabyteSeconds: (MILLION * 0.005) / 8 },
    'S3, at most': S3_READS,
    logs: logs(ASSUMED.logBytes.edge),
    bytes: EDGE_BYTES,
  },
  {
    requests: { apiRequests: MILLION },
    'the check': { lambdaRuns: MILLION, lambdaGigabyteSeconds: (MILLION * 0.1) / 2, tableReads: MILLION },
    'S3, at most': S3_READS,
    logs: logs(ASSUMED.logBytes.service + ASSUMED.logBytes.api),
    bytes: { apiGigabytes: GIGABYTES },
  },
  {
    // A list of a hundred files signs a hundred URLs.
    'the check': {
      s3Writes: MILLION / 100,
      lambdaRuns: MILLION / 100,
      lambdaGigabyteSeconds: (MILLION * 0.02) / 200,
    },
    'S3, at most': S3_READS,
    // S3 has the same price for bytes to the Internet.
    bytes: { apiGigabytes: GIGABYTES },
  },
];

function usdOf(usage: Usage): number {
  const isName = (name: string): name is PriceName => Object.hasOwn(usage, name);
  return Object.keys(usage)
    .filter(isName)
    .reduce((sum, name) => sum + cost(name, usage[name] ?? 0), 0);
}

/** The rows of a table that compares a million views, and the part of views that must come from the browser's cache. */
export function comparedViews(): { rows: string[][]; cachedPart: number } {
  const sumOf = (way: Uses, rows: readonly Row[] = ROWS) =>
    rows.reduce((sum, row) => sum + usdOf(way[row] ?? {}), 0);
  const sums = WAYS.map((way) => sumOf(way));
  const [ours = 0] = sums;
  return {
    cachedPart: 1 - (sums.at(-1) ?? 0) / ours,
    rows: [
      ...ROWS.map((row) => [row, ...WAYS.map(({ [row]: used }) => (used ? usd(usdOf(used)) : '–'))]),
      ['**sum**', ...sums.map((sum) => `**${usd(sum)}**`)],
      ['sum without bytes', ...WAYS.map((way) => usd(sumOf(way, ROWS.slice(0, -1))))],
    ],
  };
}
