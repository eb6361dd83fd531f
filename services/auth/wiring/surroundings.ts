import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { createDetailsStore } from '../details/table.ts';
import type { createKeyValueStoreClient } from '../edge/key-value-store.ts';
import type { EdgeStore } from '../edge/store.ts';
import { lazyMethods } from '../lazily.ts';
import type { Config } from '../settings/config.ts';
import { TIME_LIMITS, type TimeLimits } from '../settings/time-limits.ts';
import type { Clock } from '../table/clock.ts';
import { type CompareClock, createClockComparison } from '../table/clock-comparison.ts';
import { createClockGuard } from '../table/clock-guard.ts';
import { createTable } from '../table/dynamodb.ts';
import { createStores } from '../table/stores.ts';

/** Time and stores. A test has its own. */
export type Surroundings = ReturnType<typeof surroundings>;

/** The settings that name the stores. */
export type StoreNames = Pick<
  Config,
  'tableName' | 'detailsTableName' | 'keyValueStoreArn' | 'keyValueStoreEndpoint'
>;

/** The real time and stores. */
export function surroundings(
  { tableName, detailsTableName, keyValueStoreArn, keyValueStoreEndpoint: endpoint }: StoreNames,
  limits = TIME_LIMITS,
  clock: Clock = { ...SYSTEM_CLOCK },
) {
  const options = clientOptions(limits);
  const clockGuard = createClockGuard();
  const compareClock = createClockComparison(clockGuard, clock.now);
  // On Lambda, a connection that was kept may be dead after a freeze. A write that is sent again is safe: if its first
  // answer was lost, the store has another version by then, and the writer starts over.
  const edge = createLazyEdgeStore({ keyValueStoreArn, ...options, ...defined({ endpoint }), compareClock });
  const db = new DynamoDBClient(options);
  compareClock(db);
  const stores = createStores({ table: createTable({ db, tableName }), edge, clock }, clockGuard);
  const detailsStore = createDetailsStore({ db, tableName: detailsTableName });
  return { clock, clockGuard, compareClock, limits, stores, detailsStore };
}

/** The KeyValueStore of an ARN. Its client and the signer of that client are loaded at the first call. */
function createLazyEdgeStore({
  keyValueStoreArn,
  compareClock,
  ...options
}: { keyValueStoreArn: string; compareClock: CompareClock } & Parameters<
  typeof createKeyValueStoreClient
>[0]): EdgeStore {
  return lazyMethods(async () => {
    const { createEdgeStore, createKeyValueStoreClient } = await import('../edge/key-value-store.ts');
    const client = createKeyValueStoreClient(options);
    compareClock(client);
    return createEdgeStore({ client, keyValueStoreArn });
  });
}

/** The options of each AWS client. */
export function clientOptions({ connectMs, storeMs }: TimeLimits) {
  return {
    maxAttempts: 3,
    requestHandler: { connectionTimeout: connectMs, requestTimeout: storeMs, throwOnRequestTimeout: true },
  };
}

export const SYSTEM_CLOCK: Clock = {
  now: Date.now,
  monotonicMs: () => performance.now(),
  async sleep(milliseconds, signal) {
    try {
      await setTimeout(milliseconds, undefined, { signal });
    } catch {
      // The signal ended the wait.
    }
  },
};
