import { lazily } from '../domain/lazily.ts';
import type { EdgeStore } from '../domain/ports.ts';
import type { CompareClock } from './clock-comparison.ts';
import type { createKeyValueStoreClient } from './key-value-store-client.ts';

/** The KeyValueStore of an ARN. Its client and the signer of that client are loaded at the first call. */
export function createLazyEdgeStore({
  arn: keyValueStoreArn,
  compareClock,
  ...options
}: { arn: string; compareClock: CompareClock } & Parameters<typeof createKeyValueStoreClient>[0]): EdgeStore {
  const store = lazily(async () => {
    const [{ createEdgeStore }, { createKeyValueStoreClient }] = await Promise.all([
      import('./edge-store.ts'),
      import('./key-value-store-client.ts'),
    ]);
    const client = createKeyValueStoreClient(options);
    compareClock(client);
    return createEdgeStore({ client, keyValueStoreArn });
  });
  return {
    describe: async () => (await store()).describe(),
    write: async (ifMatch, entries) => (await store()).write(ifMatch, entries),
  };
}
