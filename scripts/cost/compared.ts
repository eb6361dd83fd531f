import { cost, type PriceName, type Usage } from './prices.ts';
import { ASSUMED } from './usage.ts';
import { small, usd } from './words.ts';

const MILLION = 1_000_000;
const FILE_KILOBYTES = 50;
const GIGABYTES = (MILLION * FILE_KILOBYTES) / 1_024 ** 2;
const logs = (bytes: number) => ({ logGigabytes: (MILLION * bytes) / 1_024 ** 3 });

/** What each way uses for a million views, by the rows of the table. A way may leave a row out. */
const ROWS = ['requests', 'the check', 'S3, at most', 'logs', 'bytes'] as const;
type Row = (typeof ROWS)[number];

const S3_READS: Usage = { s3Reads: MILLION };
const EDGE_BYTES: Usage = { edgeGigabytes: GIGABYTES };

interface Way {
  title: string;
  uses: Partial<Record<Row, Usage>>;
  revocation: string;
  again: string;
}

const WAYS: Way[] = [
  {
    title: 'this',
    uses: {
      requests: { edgeRequests: MILLION },
      'the check': { edgeFunctions: 2 * MILLION, storeReads: MILLION },
      'S3, at most': S3_READS,
      logs: logs(ASSUMED.logBytes.edge),
      bytes: EDGE_BYTES,
    },
    revocation: 'yes',
    again: 'free',
  },
  {
    title: 'Lambda@Edge that reads a token',
    uses: {
      requests: { edgeRequests: MILLION },
      'the check': { edgeLambdaRuns: MILLION, edgeLambdaGigabyteSeconds: (MILLION * 0.005) / 8 },
      'S3, at most': S3_READS,
      logs: logs(ASSUMED.logBytes.edge),
      bytes: EDGE_BYTES,
    },
    revocation: `no; with a read of DynamoDB +${usd(cost('tableReads', MILLION))}`,
    again: 'free',
  },
  {
    title: 'streamed through Lambda',
    uses: {
      requests: { apiRequests: MILLION },
      'the check': { lambdaRuns: MILLION, lambdaGigabyteSeconds: (MILLION * 0.1) / 2, tableReads: MILLION },
      'S3, at most': S3_READS,
      logs: logs(ASSUMED.logBytes.service + ASSUMED.logBytes.api),
      bytes: { apiGigabytes: GIGABYTES },
    },
    revocation: 'yes',
    again: 'as built',
  },
  {
    title: 'presigned S3 URLs',
    uses: {
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
    revocation: 'no',
    again: 'a new address: loaded again',
  },
];

function usdOf(usage: Usage): number {
  const isName = (name: string): name is PriceName => Object.hasOwn(usage, name);
  return Object.keys(usage)
    .filter(isName)
    .reduce((sum, name) => sum + cost(name, usage[name] ?? 0), 0);
}

function sumOfWay({ uses }: Way, rows: readonly Row[] = ROWS): number {
  return rows.reduce((sum, row) => sum + usdOf(uses[row] ?? {}), 0);
}

/** The rows of a table that compares a million views, and the part of views that must come from the browser's cache. */
export function comparedViews(): { rows: string[][]; cachedPart: number; sums: number[] } {
  const cell = ({ uses }: Way, row: Row) => {
    const used = uses[row];
    return used === undefined ? '–' : usd(usdOf(used));
  };
  const sums = WAYS.map((way) => sumOfWay(way));
  const [ours = 0] = sums;
  return {
    sums,
    cachedPart: 1 - (sums.at(-1) ?? 0) / ours,
    rows: [
      ['', ...WAYS.map(({ title }) => title)],
      ...ROWS.map((row) => [row, ...WAYS.map((way) => cell(way, row))]),
      ['**sum**', ...sums.map((sum) => `**${usd(sum)}**`)],
      ['sum without bytes', ...WAYS.map((way) => usd(sumOfWay(way, ROWS.slice(0, -1))))],
      ['revocation before the expiry', ...WAYS.map(({ revocation }) => revocation)],
      ['a view again in the browser', ...WAYS.map(({ again }) => again)],
    ],
  };
}

/** The rows of a table that compares a million requests with and without invalidations. */
export function comparedInvalidations(): { rows: string[][]; changes: number } {
  const all = cost('s3Reads', MILLION);
  const path = cost('invalidations', 1);
  const rows = [
    [
      '',
      '5 seconds, no invalidations',
      'CachingOptimized (1 day) and an invalidation for each replaced or deleted file',
    ],
    [
      'each object asked for once a day or less at each edge',
      usd(all),
      `${usd(all)} + ${small(path)} a change`,
    ],
    ['each object asked for once a minute at each edge', usd(all), `below 0.01 + ${small(path)} a change`],
    [
      'each object asked for ten times in 5 seconds at each edge',
      usd(all / 10),
      `below 0.01 + ${small(path)} a change`,
    ],
    [
      'what the service must do',
      'nothing',
      'call CloudFront at each upload; the service cannot see the end of an upload',
    ],
    ['time until the edge has the new bytes', '5 s', 'as long as the invalidation takes'],
    ['browsers that keep the old bytes under the same URL', 'none', 'until their copy expires'],
  ];
  return { rows, changes: all / path };
}
