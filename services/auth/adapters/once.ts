import { randomBytes } from 'node:crypto';
import type { OnceStore } from '../domain/ports.ts';
import { createTable, type TablePlace } from './dynamodb.ts';

/** Remembers what was used once, in the table of the users. */
export function createOnceStore(place: TablePlace): OnceStore {
  const table = createTable(place);
  return {
    useOnce(hash, expiresAtEpoch) {
      // The client repeats a call if the answer was lost. The repeated call must not count as a second use.
      const usedBy = randomBytes(16).toString('base64url');
      return table.put(
        `used#${hash}`,
        { usedBy, ttl: expiresAtEpoch },
        { condition: 'attribute_not_exists(pk) OR usedBy = :by', values: { ':by': usedBy } },
      );
    },
  };
}
