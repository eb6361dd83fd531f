import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLazyEdgeStore } from './adapters/lazy-edge-store.ts';
import { SYSTEM_CLOCK } from './adapters/system-clock.ts';
import type { Clock } from './domain/ports.ts';
import { TIME_LIMITS, type TimeLimits } from './domain/time-limits.ts';
import type { Config } from './settings/config.ts';
import { createStores, type Stores } from './stores.ts';

/** Time and stores. A test has its own. */
export interface Surroundings {
  clock: Clock;
  limits: TimeLimits;
  stores: Stores;
}

/** The real time and stores. */
export function surroundings(
  { tableName, keyValueStore }: Pick<Config, 'tableName' | 'keyValueStore'>,
  limits = TIME_LIMITS,
): Surroundings {
  const options = clientOptions(limits);
  // On Lambda, a connection that was kept may be dead after a freeze. A write that is sent again is safe: if its first
  // answer was lost, the store has another version by then, and the writer starts over.
  const edge = createLazyEdgeStore({ ...keyValueStore, ...options });
  const stores = createStores({ db: new DynamoDBClient(options), tableName }, edge);
  return { clock: { ...SYSTEM_CLOCK }, limits, stores };
}

/** The options of each AWS client. */
export function clientOptions({ connectMs, storeMs }: TimeLimits) {
  return {
    maxAttempts: 3,
    requestHandler: { connectionTimeout: connectMs, requestTimeout: storeMs, throwOnRequestTimeout: true },
  };
}
