import type { LeaseStore } from '../domain/ports.ts';
import { createTable, type TablePlace } from './dynamodb.ts';

const KEY = 'lease#edge';

/**
 * The lease of the edge's writer: one item in the table of the users. The item holds a random number, as text, and no
 * time.
 */
export function createLeaseStore(place: TablePlace): LeaseStore {
  const table = createTable(place);

  return {
    read: async () => (await table.get(KEY))?.['holder']?.S,

    async swap(expected, next) {
      const terms =
        expected === undefined
          ? { condition: 'attribute_not_exists(pk)' }
          : { condition: 'holder = :expected', values: { ':expected': expected } };
      if (next !== undefined) return table.put(KEY, { holder: next }, terms);
      return (await table.delete(KEY, terms)) !== undefined;
    },
  };
}
