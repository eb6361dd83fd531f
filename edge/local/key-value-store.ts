/** What functions read of a store; a Map will do. */
export interface KeyValueReader {
  get(key: string): string | undefined;
  readonly size: number;
  readonly createdAtMs?: number;
  readonly lastModifiedAtMs?: number;
}
