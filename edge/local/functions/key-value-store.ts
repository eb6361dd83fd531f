import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { EdgeFunctionSource } from '../template/functions.ts';
import { isRecord } from '../template/shape.ts';

/** The part of a store that functions read. A Map will do. */
export interface KeyValueReader {
  /** @throws if the store fails */
  get(key: string): string | undefined;
  readonly size: number;
}

/** Everything that a store keeps. */
export interface KeyValueState {
  createdAtMs: number;
  lastModifiedAtMs: number;
  etag: string;
  entries: Record<string, string>;
}

export interface KeyValueChanges {
  puts: readonly { key: string; value: string }[];
  deletes: readonly string[];
}

export interface KeyValueStore {
  /** What functions see: always the entries as last written. */
  reader: KeyValueReader;
  /** The entries as last written, in the order of their keys. */
  entries(): [key: string, value: string][];
  get(key: string): string | undefined;
  describe(): { itemCount: number; totalBytes: number } & Omit<KeyValueState, 'entries'>;
  /**
   * Makes all changes or none.
   * @param ifMatch the ETag that the store must have
   * @throws KeyValueStoreError
   */
  update(changes: KeyValueChanges, ifMatch: string): void;
}

/** Quotas of CloudFront KeyValueStore (DG: cloudfront-limits, "Quotas on key value stores"). */
export const KEY_VALUE_QUOTAS = {
  keyBytes: 512,
  valueBytes: 1_024,
  storeBytes: 5 * 1_024 * 1_024,
  updateKeys: 50,
};

/** The error of a change that the store refuses. `code` is the API's name for it. */
export class KeyValueStoreError extends Error {
  readonly code:
    | 'ConflictException'
    | 'ResourceNotFoundException'
    | 'ServiceQuotaExceededException'
    | 'ValidationException';

  constructor(code: KeyValueStoreError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * CloudFront KeyValueStore. API and functions see a new version at once.
 * @param options.state the state of an earlier store
 * @param options.save gets each new state before a change counts; if it throws, nothing has changed
 * @param options.now milliseconds
 */
export function createKeyValueStore(
  options: { state?: KeyValueState; save?: (state: KeyValueState) => void; now?: () => number } = {},
): KeyValueStore {
  const { save = () => {}, now = Date.now } = options;
  let state = options.state ?? emptyState(now());
  let written = new Map(Object.entries(state.entries));
  let totalBytes = bytesOf(written);
  return {
    reader: {
      get: (key) => written.get(key),
      get size() {
        return written.size;
      },
    },
    entries: () => [...written].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    get: (key) => written.get(key),
    describe() {
      const { entries: _entries, ...rest } = state;
      return { ...rest, itemCount: written.size, totalBytes };
    },
    update(changes, ifMatch) {
      checkChanges(changes);
      if (ifMatch !== state.etag) {
        throw new KeyValueStoreError(
          'ConflictException',
          'The store is not at the version that If-Match names.',
        );
      }
      const next = changed(written, changes);
      const nextBytes = bytesOf(next);
      if (nextBytes > KEY_VALUE_QUOTAS.storeBytes) {
        throw new KeyValueStoreError('ServiceQuotaExceededException', 'The store would be larger than 5 MB.');
      }
      const entries = Object.fromEntries(next);
      const nextState = { ...state, lastModifiedAtMs: now(), etag: newEtag(), entries };
      save(nextState);
      state = nextState;
      written = next;
      totalBytes = nextBytes;
    },
  };
}

/** @throws KeyValueStoreError if a key to delete is missing */
function changed(
  written: ReadonlyMap<string, string>,
  { puts, deletes }: KeyValueChanges,
): Map<string, string> {
  const next = new Map(written);
  for (const key of deletes) {
    if (!next.delete(key)) throw new KeyValueStoreError('ResourceNotFoundException', 'The key is not there.');
  }
  for (const { key, value } of puts) next.set(key, value);
  return next;
}

function emptyState(nowMs: number): KeyValueState {
  return { createdAtMs: nowMs, lastModifiedAtMs: nowMs, etag: newEtag(), entries: {} };
}

/** @throws KeyValueStoreError */
function checkChanges({ puts, deletes }: KeyValueChanges): void {
  const { updateKeys, keyBytes, valueBytes } = KEY_VALUE_QUOTAS;
  const keys = [...puts.map(({ key }) => key), ...deletes];
  const lengths = keys.map((key) => Buffer.byteLength(key));
  const faults: [isFault: boolean, message: string][] = [
    [keys.length === 0, 'There is nothing to update.'],
    [new Set(keys).size < keys.length, 'A key occurs twice.'],
    [keys.length > updateKeys, `More than ${updateKeys} keys in one update.`],
    [lengths.includes(0), 'A key is empty.'],
    [Math.max(...lengths) > keyBytes, 'A key is longer than 512 bytes.'],
    [puts.some(({ value }) => Buffer.byteLength(value) > valueBytes), 'A value is longer than 1 KB.'],
  ];
  const fault = faults.find(([isFault]) => isFault);
  if (fault) throw new KeyValueStoreError('ValidationException', fault[1]);
}

function bytesOf(entries: ReadonlyMap<string, string>): number {
  let bytes = 0;
  for (const [key, value] of entries) bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  return bytes;
}

/** An id in AWS's form, such as `KV1PA6795UKMFR9`. */
function newEtag(): string {
  const number = randomBytes(8).readBigUInt64BE();
  return `KV${number.toString(36).toUpperCase()}`;
}

/**
 * The stores that functions read: the caller's stores, and the imports of the template that are assets of the CDK, which
 * are beside it (DG: file format for KeyValueStore, `{ "data": [{ "key", "value" }] }`).
 * @throws Error that names a store whose entries are missing
 */
export function storesOf(
  functions: readonly EdgeFunctionSource[],
  given: Readonly<Record<string, KeyValueReader>>,
  assembly = '.',
): Record<string, KeyValueReader> {
  const stores: Record<string, KeyValueReader> = { ...given };
  for (const { logicalId, importFrom } of functions.flatMap((one) => one.keyValueStore ?? [])) {
    if (importFrom === undefined || stores[logicalId]) continue;
    const asset = join(assembly, `asset.${basename(importFrom)}`);
    if (!existsSync(asset))
      throw new Error(`KeyValueStore ${logicalId}: its entries are in ${importFrom}; give keyValueStores`);
    stores[logicalId] = parseImport(readFileSync(asset, 'utf8'), logicalId);
  }
  return stores;
}

/** @throws Error if the file has another form */
export function parseImport(text: string, logicalId: string): Map<string, string> {
  const raw: unknown = JSON.parse(text);
  const data = isRecord(raw) ? raw['data'] : undefined;
  if (!Array.isArray(data))
    throw new Error(`KeyValueStore ${logicalId}: the file to import has no list "data"`);
  return new Map(
    data.map((entry: unknown) => {
      const { key, value } = isRecord(entry) ? entry : {};
      if (typeof key === 'string' && typeof value === 'string') return [key, value];
      throw new Error(
        `KeyValueStore ${logicalId}: an entry to import is not { "key", "value" }, both strings`,
      );
    }),
  );
}
