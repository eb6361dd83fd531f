import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';

/** Formats before this one were never released. A newer one was written by a newer deployment. */
export const FORMAT = 4;

/**
 * The kinds of work in the index of the table, each with the number of its partitions. An item has one place there, so
 * one kind at a time. A partition takes 1,000 write units a second, and an index that is throttled makes the writes of the
 * table fail (certain, DynamoDB Developer Guide: bp-partition-key-design, gsi-throttling). So the items of a kind that
 * requests write often are spread. Each look at a kind asks all of its partitions.
 */
export const DUE_PARTITIONS = {
  /** A change that the edge does not know. Users and teams wait in the same list. A crowd signs out within a second. */
  pending: 16,
  /** Something in the entry of the edge's store has expired. One writer fills it, 50 keys after each call of that store. */
  expired: 4,
  /** A user who made something in teams that is to end there. Sign-ins write it, where the provider's teams have changed. */
  inTeams: 4,
  /** A team with members whose records do not follow yet. */
  members: 1,
  /** A deleted team whose folder is to be swept. */
  sweep: 1,
  /** A logout by the provider, which may tell of each sign-out. */
  logout: 4,
};
export type DueKind = keyof typeof DUE_PARTITIONS;

/** The place of an item in the index of due work. */
export interface Place {
  kind: DueKind;
  sinceEpoch: number;
}

/** An item that waits for some work, and since when. */
export interface DueItem {
  key: string;
  sinceEpoch: number;
}

/** The kinds of work whose time may be in the future. The others are to be done at once. */
const TIMED: DueKind[] = ['expired', 'sweep'];
/** Clocks differ by less than this. So every process sees at once what is to be done at once. */
const CLOCKS_SECONDS = 600;

/** The time from which on the index shows an item, until it is to be tried again later. */
export function dueAtEpoch({ kind, sinceEpoch }: Place): number {
  return TIMED.includes(kind) ? sinceEpoch : sinceEpoch - CLOCKS_SECONDS;
}

/** An item as it was read. Version 0 means that there is none. */
export interface Known<T> {
  item: T | undefined;
  version: number;
}

export interface WriteOptions {
  /** Absent if nothing is to be done for the item. */
  due?: Place | undefined;
  /** The table deletes the item some time after this (DynamoDB Developer Guide, "Time to Live"). */
  ttl?: number | undefined;
  /** The item names no time of this process, so it may be written while the clock is wrong. */
  isTimeless?: boolean;
}

export interface DueOptions {
  /** Passes over what is to be done or tried again after this time. */
  untilEpoch?: number;
  /** Items that take no place in the list, however many they are. */
  isPassedOver?: ((key: string) => boolean) | undefined;
}

/**
 * One table. Each item is plain JSON with a key and a version, or consists of counters, or of a set of names. All methods
 * throw GatewayError store_unavailable; those that write throw clock_wrong too.
 */
export interface Table {
  /** A read sees every write that was answered before. */
  read<T extends object>(key: string): Promise<Known<T>>;
  /**
   * Writes an item if its version is still the one that was read.
   * @returns false, with nothing written, if the version is another one by now. The same if too many writes came at
   *   once, and DynamoDB refused this one: the caller waits, and reads again
   */
  write(key: string, version: number, item: object, options?: WriteOptions): Promise<boolean>;
  /** @returns false, with nothing deleted, if a version is given and there is no item with it */
  remove(key: string, version?: number): Promise<boolean>;
  /**
   * Adds to counters in one step. A counter begins with 0.
   * @param options.most what the counters may be after this
   * @returns the counters after this; undefined, with nothing added, if one would be larger
   */
  add(
    key: string,
    amounts: Record<string, number>,
    options?: { most?: Record<string, number>; ttl?: number },
  ): Promise<Record<string, number> | undefined>;
  /**
   * Adds a name to a set in one step. Writers at the same time do not hinder each other.
   * @returns false, with nothing added, if the set has `most` names, or there are too many writes at once
   */
  addName(key: string, name: string, options: { most: number; ttl: number }): Promise<boolean>;
  /** Calling it again is harmless. */
  removeNames(key: string, names: readonly string[]): Promise<void>;
  /** The names of a set, in no order. */
  names(key: string): Promise<string[]>;
  /** The items of one kind of due work: those that have waited longest first, and then those that have failed. */
  due(kind: DueKind, limit: number, options?: DueOptions): Promise<DueItem[]>;
  /** The item is due at this time instead, unless it is written before, or waits for something else by now. */
  retryAt(key: string, kind: DueKind, atEpoch: number): Promise<void>;
  /** All items, page by page, in no order. */
  scan(): AsyncIterable<{ key: string; item: object }[]>;
}

/** @throws GatewayError store_unavailable for a newer format: the item must not look like another one, or like none */
export function parseItem<T extends object>(raw: object): T {
  const { format = 0, ...item } = raw as { format?: number };
  if (format > FORMAT) {
    throw new GatewayError('store_unavailable', {
      cause: new Error(`the item has format ${format}, and this deployment knows ${FORMAT} at most`),
    });
  }
  return item as T;
}
