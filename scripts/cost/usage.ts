import type { Usage } from './prices.ts';
import type { Stack } from './stack.ts';

/** A month of 730 hours, as AWS counts. */
export const MONTH_SECONDS = 730 * 3_600;
const MONTH_DAYS = 730 / 24;
const GIGABYTE = 1_024 ** 3;

/** What one person does in a month, and what one person has. */
export interface Habits {
  signIns: number;
  renewals: number;
  lists: number;
  signOuts: number;
  /** Requests for the page and its files. */
  pages: number;
  /** `GET /auth/session`, and `GET /api/teams` with it. */
  looks: number;
  uploads: number;
  views: number;
  /** Kilobytes of a file. */
  fileKilobytes: number;
  storedGigabytes: number;
  /** Gigabytes of files that are deleted or replaced. */
  deletedGigabytes: number;
}

/** The same for everybody. */
export const VISITS = { signIns: 20, renewals: 60, lists: 40, signOuts: 5, pages: 20, looks: 20 };

export interface Scenario {
  title: string;
  people: number;
  habits: Habits;
}

/** The answer that most people look for comes first. */
export const SCENARIOS = {
  asked: {
    title: '1,000 users with 10 GB each',
    people: 1_000,
    habits: {
      ...VISITS,
      uploads: 512,
      views: 5_120,
      fileKilobytes: 2_048,
      storedGigabytes: 10,
      deletedGigabytes: 1,
    },
  },
  idle: {
    title: 'idle',
    people: 0,
    habits: {
      ...VISITS,
      uploads: 0,
      views: 0,
      fileKilobytes: 0,
      storedGigabytes: 0,
      deletedGigabytes: 0,
    },
  },
  small: {
    title: '20 users with 1 GB each',
    people: 20,
    habits: {
      ...VISITS,
      uploads: 20,
      views: 500,
      fileKilobytes: 2_048,
      storedGigabytes: 1,
      deletedGigabytes: 0.1,
    },
  },
  large: {
    title: 'a million users with 50 MB each',
    people: 1_000_000,
    habits: {
      ...VISITS,
      uploads: 2,
      views: 1_000,
      fileKilobytes: 50,
      storedGigabytes: 50 / 1_024,
      deletedGigabytes: 0.001,
    },
  },
} satisfies Record<string, Scenario>;

/** DynamoDB's units of one operation, its index included. `test/docs/cost.test.ts` and the benchmark `month` count them. */
export const UNITS = {
  signIn: { writes: 4, reads: 1 },
  /** A look at the session and at the teams of somebody who has none. Each team is a read more. */
  look: { writes: 0, reads: 2 },
  renewal: { writes: 1, reads: 1 },
  /** Without details. */
  list: { writes: 0, reads: 1 },
  /** A picture: its upload, its thumbnail and its details are three requests. */
  upload: { writes: 2, reads: 5 },
  signOut: { writes: 9, reads: 34 },
  /** What a sign-out told the edge is removed. */
  removal: { writes: 2, reads: 1 },
  /** For each run of the schedule that removes anything. */
  removingRun: { writes: 3, reads: 40 },
  idleRun: { writes: 0, reads: 64 },
};

/** Calls to the KeyValueStore's API, if no two sign-outs share one: until the edge is told, and for the removal. */
export const STORE_CALLS = { told: 1, removal: 1 };
/** The most keys of one call. */
const KEYS_A_CALL = 50;
/** How long an entry of the store lasts after a sign-out, in seconds. */
export const ENTRY_SECONDS = 22.5 * 60;

/** The metrics that get values from each run of the schedule. The others get values only when something happens. */
const IDLE_METRICS = ['UntoldSeconds', 'SetAside'];

/** What was not counted in the code. */
export const ASSUMED = {
  serviceMilliseconds: 20,
  scheduleMilliseconds: 100,
  /** How long a request keeps an instance, in seconds: first starts, and waiting for the provider and the edge. */
  instanceSeconds: 0.1,
  /** Bytes of an answer of the app host. */
  answerBytes: 2_000,
  /** Bytes of a request in the logs: of the service with Lambda's own lines, of the API, of CloudFront; of a run. */
  logBytes: { service: 850, api: 350, edge: 700, schedule: 500 },
  /** Bytes of a user's record with all other items. */
  recordBytes: 4_000,
  /** Requests for each new instance, which reads the secret. */
  requestsAnInstance: 1_000,
};

/** LIST requests of one list of files. A large folder with thumbnails has a second one. */
const LISTS = 1;
/** PUT and LIST requests of a picture: itself and its thumbnail, and two looks whether the picture is there. */
const UPLOAD_CALLS = 4;
/** For a picture: its upload, its details, and its thumbnail. */
const UPLOAD_REQUESTS = 3;
/** DynamoDB's units of the details in a list of 100 files, with 180 bytes a file. */
const LISTED_DETAILS = { writes: 0, reads: 2.5 };

/** Requests of one person to the app host. A sign-in is two, and so is a look. */
export function requestsOf(habits: Habits): number {
  const { signIns, renewals, lists, signOuts, pages, looks, uploads } = habits;
  return 2 * signIns + renewals + lists + signOuts + pages + 2 * looks + UPLOAD_REQUESTS * uploads;
}

/** Signatures of one person's cookies. */
export function signaturesOf({ signIns, renewals }: Habits): number {
  return signIns + renewals;
}

/** DynamoDB's units of one person, without those of runs of the schedule. */
export function unitsOf(habits: Habits): { writes: number; reads: number } {
  const { signIns, renewals, lists, looks, signOuts, uploads } = habits;
  const each = [
    [signIns, UNITS.signIn],
    [renewals, UNITS.renewal],
    [looks, UNITS.look],
    [lists, UNITS.list],
    [lists, LISTED_DETAILS],
    [uploads, UNITS.upload],
    [signOuts, UNITS.signOut],
    [signOuts, UNITS.removal],
  ] as const;
  return {
    writes: each.reduce((sum, [times, { writes }]) => sum + times * writes, 0),
    reads: each.reduce((sum, [times, { reads }]) => sum + times * reads, 0),
  };
}

/**
 * The calls for so many sign-outs. A removal shares its calls with the others of the same run; a person who waits shares
 * with nobody.
 */
function storeCallsOf(signOuts: number, removingRuns: number): number {
  return (
    STORE_CALLS.told * signOuts + STORE_CALLS.removal * removingRuns + moreCallsOf(signOuts, removingRuns)
  );
}

/** The calls of runs that remove more keys than one call takes. */
export function moreCallsOf(signOuts: number, removingRuns: number): number {
  return removingRuns === 0 ? 0 : removingRuns * (Math.ceil(signOuts / removingRuns / KEYS_A_CALL) - 1);
}

/** What the code decides. The benchmark `month` counts it. The other amounts are bytes, storage, or assumed. */
export const COUNTED = [
  'apiRequests',
  'edgeRequests',
  'edgeFunctions',
  'storeReads',
  'storeCalls',
  's3Writes',
  's3Reads',
  'tableWrites',
  'tableReads',
] as const satisfies (keyof Usage)[];

export type Counts = Record<(typeof COUNTED)[number], number>;

/** The counted amounts of so many people, and of runs of the schedule, of which some remove what sign-outs told. */
export function countsOf(
  people: number,
  habits: Habits,
  { runs, removingRuns }: { runs: number; removingRuns: number },
): Counts {
  const views = people * habits.views;
  const units = unitsOf(habits);
  const ofRuns = (kind: 'writes' | 'reads') =>
    runs * UNITS.idleRun[kind] + removingRuns * UNITS.removingRun[kind];
  return {
    apiRequests: people * requestsOf(habits),
    edgeRequests: views,
    edgeFunctions: 2 * views,
    storeReads: views,
    storeCalls: storeCallsOf(people * habits.signOuts, removingRuns),
    s3Writes: people * (UPLOAD_CALLS * habits.uploads + LISTS * habits.lists),
    s3Reads: views,
    tableWrites: people * units.writes + ofRuns('writes'),
    tableReads: people * units.reads + ofRuns('reads'),
  };
}

/** What a stack uses in a month, once the logs are as old as they get. */
export function usageOf(stack: Stack, people: number, habits: Habits): Usage & Counts {
  const runs = (stack.runsAMinute * MONTH_SECONDS) / 60;
  const removingRuns = Math.min(people * habits.signOuts, runs);
  const counts = countsOf(people, habits, { runs, removingRuns });
  const { apiRequests: requests, edgeRequests: views } = counts;
  const { logBytes } = ASSUMED;
  const logGigabytes =
    (requests * (logBytes.service + logBytes.api) + views * logBytes.edge + runs * logBytes.schedule) /
    GIGABYTE;
  const seconds = (milliseconds: number, megabytes: number) => (milliseconds / 1_000) * (megabytes / 1_024);
  const { service, schedule } = stack.memoryMegabytes;
  const withEntry = (habits.signOuts * ENTRY_SECONDS) / MONTH_SECONDS;
  const tableGigabytes = (people * ASSUMED.recordBytes) / GIGABYTE;
  return {
    ...counts,
    edgeGigabytes: (views * habits.fileKilobytes) / 1_024 ** 2,
    storeReads: counts.storeReads * (1 + withEntry),
    s3Gigabytes:
      people * (habits.storedGigabytes + (habits.deletedGigabytes * stack.keepDeletedDays) / MONTH_DAYS),
    tableGigabytes,
    tableRecovery: tableGigabytes,
    lambdaRuns: requests + runs,
    lambdaGigabyteSeconds:
      requests * seconds(ASSUMED.serviceMilliseconds, service) +
      runs * seconds(ASSUMED.scheduleMilliseconds, schedule),
    apiGigabytes: (requests * ASSUMED.answerBytes) / GIGABYTE,
    alarmMetrics: stack.alarmMetrics,
    customMetrics: people === 0 ? IDLE_METRICS.length : stack.customMetrics.length,
    additionalMetrics: stack.additionalMetrics,
    dashboards: stack.dashboards,
    logGigabytes,
    logStorage: (logGigabytes * stack.logDays) / MONTH_DAYS,
    secrets: 1,
    secretReads: requests / ASSUMED.requestsAnInstance,
  };
}
