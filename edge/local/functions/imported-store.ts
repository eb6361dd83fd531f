import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EdgeFunctionSource } from '../template/functions.ts';
import type { OriginBinding } from '../template/origins.ts';
import { isRecord } from '../template/shape.ts';
import type { KeyValueReader } from './key-value-store.ts';

/**
 * The stores that functions read: the caller's stores, and the imports of the template whose bucket is a folder of this
 * machine (DG: file format for KeyValueStore, `{ "data": [{ "key", "value" }] }`).
 * @throws Error that names a store whose entries are missing
 */
export function storesOf(
  functions: readonly EdgeFunctionSource[],
  given: Readonly<Record<string, KeyValueReader>>,
  bindings: { origins: Readonly<Record<string, OriginBinding>>; assembly?: string },
): Record<string, KeyValueReader> {
  const stores: Record<string, KeyValueReader> = { ...given };
  for (const { keyValueStore } of functions) {
    if (!keyValueStore?.importFrom || stores[keyValueStore.logicalId]) continue;
    const { logicalId, importFrom } = keyValueStore;
    const { bucket, key } = importFrom;
    const folder = folderOf(bucket, bindings.origins);
    const asset = join(bindings.assembly ?? '', `asset.${key}`);
    const isAsset =
      bindings.assembly !== undefined && /^cdk-[a-z0-9]+-assets-/.test(bucket) && existsSync(asset);
    const file = folder === undefined ? (isAsset ? asset : undefined) : join(folder, key);
    if (file === undefined) {
      throw new Error(
        `KeyValueStore ${logicalId}: its entries are in the bucket ${bucket}, which is bound to no folder; bind it, or give keyValueStores`,
      );
    }
    stores[logicalId] = parseImport(readFileSync(file, 'utf8'), logicalId);
  }
  return stores;
}

function folderOf(bucket: string, bindings: Readonly<Record<string, OriginBinding>>): string | undefined {
  for (const [name, binding] of Object.entries(bindings)) {
    if ('folder' in binding && (name === bucket || name.startsWith(`${bucket}.s3`))) return binding.folder;
  }
  return undefined;
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
