import {
  createKeyValueStore,
  type KeyValueState,
} from '../../../../../edge/local/functions/key-value-store.ts';
import { createKeyValueStoreApi } from '../../../../../services/local/key-value-store/server.ts';
import { KEY_VALUE_STORE_ARN, STORE_CREDENTIALS } from '../service.ts';

export interface Revoked {
  userId: string;
  start: number;
}

/** A KeyValueStore API that remembers when each entry was written. */
export async function startEdge(
  t: { teardown(fn: () => Promise<void>): void },
  entries: KeyValueState['entries'],
) {
  const writtenMs = new Map<string, { entry: string; atMs: number }[]>();
  const counts = { updates: 0, conflicts: 0 };
  const removal = Promise.withResolvers<void>();
  const state = { createdAtMs: Date.now(), lastModifiedAtMs: Date.now(), etag: 'KVFIRST', entries };
  const store = createKeyValueStore({ state });
  const { update } = store;
  store.update = (changes, ifMatch) => {
    try {
      update(changes, ifMatch);
    } catch (error) {
      counts.conflicts++;
      throw error;
    }
    counts.updates++;
    if (changes.deletes.length > 0) removal.resolve();
    for (const { key, value } of changes.puts) {
      writtenMs.set(key, [...(writtenMs.get(key) ?? []), { entry: value, atMs: Date.now() }]);
    }
  };
  const api = createKeyValueStoreApi({
    stores: { [KEY_VALUE_STORE_ARN]: store },
    credentials: [STORE_CREDENTIALS],
  });
  const { port } = await api.listen(0);
  t.teardown(() => api.close());
  const toldAt = ({ userId, start }: Revoked) =>
    writtenMs.get(userId)?.find(({ entry }) => entry.split('|')[0]?.split(',').includes(String(start)))?.atMs;
  return {
    endpoint: `http://localhost:${port}`,
    has: (key: string) => store.get(key) !== undefined,
    firstRemoval: removal.promise,
    /** The calls since the last count. */
    takeCounts() {
      const taken = { ...counts };
      Object.assign(counts, { updates: 0, conflicts: 0 });
      return taken;
    },
    /**
     * The time at which the store got each revocation. This waits for missing revocations, at most for `patienceMs`.
     */
    async told(revoked: Revoked[], patienceMs: number): Promise<(number | undefined)[]> {
      const untilMs = Date.now() + patienceMs;
      while (revoked.some((each) => toldAt(each) === undefined) && Date.now() < untilMs) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return revoked.map(toldAt);
    },
  };
}
