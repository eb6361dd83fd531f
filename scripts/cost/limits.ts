import { formatEntry } from '@cloudfront-cookie-gateway/core/entry-format';
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

/** What many people need in a second, without the peak. @param perUser of a month */
export function meanOf(perUser: number, people: number): number {
  return (perUser * people) / MONTH_SECONDS;
}

const STORE_BYTES = 5 * 1_024 ** 2;
/** A key of 26 characters, and an entry with one start. */
const ENTRY_BYTES =
  26 + formatEntry({ sessionFloor: 0, sessions: [1_000_000_000], shareFloor: 0, shares: [] }).length;
export const STORE_ENTRIES = Math.floor(STORE_BYTES / ENTRY_BYTES);
/** The writes of the index for a sign-out and its removal: untold, then with an end, then gone. */
const INDEX_WRITES = 4;

/** The users who reach each limit in the busiest hours. page.md.tmpl has the words of each, the first limit first. */
export function usersAt({ requestsPerSecond }: Stack, habits: Habits) {
  const requests = requestsOf(habits);
  const units = unitsOf(habits);
  const bytes = habits.views * habits.fileKilobytes * 1_024;
  const users = (perSecond: number, perUser: number) => (perSecond * MONTH_SECONDS) / PEAK / perUser;
  return {
    thisStack: users(requestsPerSecond, requests),
    storeUpdates: users(50, habits.signOuts),
    kms: users(1_000, signaturesOf(habits)),
    storeBytes: users(STORE_ENTRIES / ENTRY_SECONDS, habits.signOuts),
    index: users(1_000, INDEX_WRITES * habits.signOuts),
    api: users(10_000, requests),
    lambda: users(1_000 / ASSUMED.instanceSeconds, requests),
    tableWrites: users(40_000, units.writes),
    tableReads: users(40_000, units.reads),
    edgeRequests: users(250_000, habits.views),
    edgeBytes: users(150e9 / 8, bytes),
  };
}
