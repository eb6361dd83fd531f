/** The types of dynalite's own store: only the parts that are called here. */
declare module 'dynalite/db/index.js' {
  import type { AttributeValue } from '@aws-sdk/client-dynamodb';

  type Item = Record<string, AttributeValue>;

  export interface Table {
    KeySchema: { AttributeName: string; KeyType: 'HASH' }[];
    AttributeDefinitions: { AttributeName: string; AttributeType: 'S' }[];
  }

  export interface Store {
    getItemDb(tableName: string): {
      batch(writes: { type: 'put'; key: string; value: Item }[], callback: (error: unknown) => void): void;
    };
    db: { close(): Promise<void> };
  }

  export function create(options: { path: string }): Store;
  export function createKey(item: Item, table: Table): string;
}
