import { formatEntry } from '../../core/entry-format.ts';
import type { Stack } from './stack.ts';
import {
  ASSUMED,
  ENTRY_SECONDS,
  type Habits,
  MONTH_SECONDS,
  requestsOf,
  signaturesOf,
  unitsOf,
} from './usage.ts';

/** The busiest hours have so many times the mean. */
export const PEAK = 5;

/** A value that more and more users reach. */
export interface Limit {
  words: string;
  /** What a second may have at most. */
  perSecond: number;
  /** What one user needs in a month. */
  perUser: number;
  remedy: string;
}

/** Users that reach a limit in the busiest hours. */
export function usersAt({ perSecond, perUser }: Limit): number {
  return (perSecond * MONTH_SECONDS) / PEAK / perUser;
}

/** A second of many users, without the peak. */
export function meanOf(perUser: number, people: number): number {
  return (perUser * people) / MONTH_SECONDS;
}

const STORE_BYTES = 5 * 1_024 ** 2;
/** A key of 26 characters, and an entry with one start. */
const ENTRY_BYTES =
  26 + formatEntry({ sessionFloor: 0, sessions: [1_000_000_000], shareFloor: 0, shares: [] }).length;
/** The writes of the index for a sign-out and its removal: untold, then with an end, then gone. */
const INDEX_WRITES = 4;
const CLOUDFRONT_BYTES = 150e9 / 8;

/** The first limit comes first. */
export function limitsOf(stack: Stack, habits: Habits): Limit[] {
  const limits = [...limitsOfAppHost(stack, habits), ...limitsOfSignOuts(habits), ...limitsOfFiles(habits)];
  return limits.toSorted((a, b) => usersAt(a) - usersAt(b));
}

function limitsOfAppHost(stack: Stack, habits: Habits): Limit[] {
  const requests = requestsOf(habits);
  const units = unitsOf(habits);
  return [
    {
      words: `**this stack: ${stack.requestsPerSecond} requests a second to the app host**`,
      perSecond: stack.requestsPerSecond,
      perUser: requests,
      remedy: 'set `requestsPerSecond` higher, and see that Lambda has the instances',
    },
    {
      words: 'HTTP API: 10,000 requests a second in an account',
      perSecond: 10_000,
      perUser: requests,
      remedy: 'raise it, or containers',
    },
    {
      words:
        'Lambda: 1,000 instances in an account, each for 0.1 seconds of a request with first starts and waiting',
      perSecond: 1_000 / ASSUMED.instanceSeconds,
      perUser: requests,
      remedy: 'raise it, or containers',
    },
    {
      words: 'KMS, if the key is there: 1,000 signatures a second with P-256 keys together',
      perSecond: 1_000,
      perUser: signaturesOf(habits),
      remedy: 'raise it, or keep the key in Secrets Manager: 30,000 a second and core',
    },
    {
      words: 'DynamoDB table: 40,000 read units a second',
      perSecond: 40_000,
      perUser: units.reads,
      remedy: 'raise it',
    },
    {
      words: 'DynamoDB table: 40,000 write units a second',
      perSecond: 40_000,
      perUser: units.writes,
      remedy: 'raise it',
    },
  ];
}

function limitsOfSignOuts(habits: Habits): Limit[] {
  const storeEntries = Math.floor(STORE_BYTES / ENTRY_BYTES);
  return [
    {
      words: `KeyValueStore: 5 MB, which is ${storeEntries.toLocaleString('en-US')} entries of ${ENTRY_SECONDS / 60} minutes`,
      perSecond: storeEntries / ENTRY_SECONDS,
      perUser: habits.signOuts,
      remedy: 'shorter cookies, or several files hosts with a store each, users by id',
    },
    {
      words: 'KeyValueStore: one update of 50 keys at a time, if each takes a second',
      perSecond: 50,
      perUser: habits.signOuts,
      remedy: 'several files hosts with a store each. Only a deployment can tell how long an update takes',
    },
    {
      words: 'DynamoDB index `due`: one partition, 1,000 write units a second',
      perSecond: 1_000,
      perUser: INDEX_WRITES * habits.signOuts,
      remedy: 'spread its key over several',
    },
  ];
}

function limitsOfFiles(habits: Habits): Limit[] {
  return [
    {
      words: 'CloudFront: 250,000 requests a second of a distribution',
      perSecond: 250_000,
      perUser: habits.views,
      remedy: 'raise it, or several distributions',
    },
    {
      words: 'CloudFront: 150 Gbps of a distribution',
      perSecond: CLOUDFRONT_BYTES,
      perUser: habits.views * habits.fileKilobytes * 1_024,
      remedy: 'raise it, or several distributions',
    },
  ];
}
