import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import {
  folderMarkerKey,
  objectKey,
  parseStoredName,
  type StoredName,
  thumbnailKey,
} from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import { findFiles } from './listing.ts';
import type { ObjectStore } from './object-store.ts';

/** Keys in one request, and requests at once. */
const [BATCH, AT_ONCE] = [100, 4];
/** How long deletions begin. The answer must come within 12 s. */
const DELETING_MS = 5_000;

export interface DeletedFile {
  /** As it was given. */
  name: string;
  /** Names the file in the trash. Absent if nothing is kept. */
  versionId?: string;
}

export interface Deleted {
  deleted: DeletedFile[];
  failed: { name: string; code: ErrorCode }[];
}

/** A name that was given, and the key that it stands for. */
interface Meant {
  given: string;
  key: string;
  /** Absent for the marker of an empty folder. */
  name?: StoredName;
}

interface Parsed {
  given: string;
  name: StoredName;
  /** The key of the marker of an empty folder, if the name is that of one. */
  marker?: string;
}

/** What to delete of many names, and the names that stand for nothing. */
export interface Deletion {
  meant: Meant[];
  failed: Deleted['failed'];
}

/**
 * Finds the keys of names, as `storedName` does. A name that ends in `/` is that of an empty folder.
 * @throws GatewayError files_unavailable
 */
export async function findDeletion(
  objects: Pick<ObjectStore, 'list'>,
  owner: Owner,
  names: readonly string[],
): Promise<Deletion> {
  const failed: Deletion['failed'] = [];
  const parsed = [...new Set(names)].flatMap((given): Parsed[] => {
    try {
      const isFolder = given.endsWith('/');
      const name = parseStoredName(isFolder ? given.slice(0, -1) : given, owner);
      return [{ given, name, ...(isFolder && { marker: folderMarkerKey(owner, name) }) }];
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      failed.push({ name: given, code: error.code });
      return [];
    }
  });
  // Uploads store names in NFC. Only files of other tools have other forms.
  const odd = parsed.flatMap(({ name, marker }) => (marker || name === name.normalize() ? [] : [name]));
  const found = odd.length === 0 ? undefined : await findFiles(objects, owner, odd, () => {});
  const meant = parsed.flatMap(({ given, name, marker }): Meant[] => {
    if (marker) return [{ given, key: marker }];
    if (odd.includes(name) && !found?.has(name)) {
      failed.push({ name: given, code: 'files_unavailable' });
      return [];
    }
    const stored = found?.get(name) ? name : parseStoredName(name.normalize(), owner);
    return [{ given, name: stored, key: objectKey(owner, stored) }];
  });
  return { meant, failed };
}

/**
 * Deletes files with their thumbnails. A file that is not there counts as deleted.
 * @throws GatewayError files_unavailable
 */
export async function deleteMeant(
  objects: Pick<ObjectStore, 'deleteMany'>,
  owner: Owner,
  { meant, failed }: Deletion,
): Promise<Deleted> {
  const keysOf = ({ key, name }: Meant) => {
    const thumbnail = name === undefined ? undefined : thumbnailKey(owner, key);
    return thumbnail === undefined ? [key] : [thumbnail, key];
  };
  const outcomes = await deleteKeys(objects, [...new Set(meant.flatMap(keysOf))]);
  const isGone = (key: string) => outcomes.has(key) && outcomes.get(key)?.code === undefined;
  const { gone = [], left = [] } = Object.groupBy(meant, (each) =>
    keysOf(each).every(isGone) ? 'gone' : 'left',
  );
  return {
    deleted: gone.map(({ given, key }) => ({
      name: given,
      ...defined({ versionId: outcomes.get(key)?.versionId }),
    })),
    failed: [...failed, ...left.map(({ given: name }) => ({ name, code: 'files_unavailable' as const }))],
  };
}

/**
 * Deletes in batches, so that a slow S3 does not hide what it has done.
 * @returns by key; a key without an outcome stays
 * @throws GatewayError files_unavailable if no batch succeeds
 */
async function deleteKeys(
  objects: Pick<ObjectStore, 'deleteMany'>,
  keys: readonly string[],
): Promise<Map<string, { key: string; code?: string; versionId?: string }>> {
  const left = Array.from({ length: Math.ceil(keys.length / BATCH) }, (_, index) =>
    keys.slice(index * BATCH, (index + 1) * BATCH),
  ).reverse();
  const outcomes = new Map<string, { key: string; code?: string; versionId?: string }>();
  let failure: unknown;
  const untilMs = performance.now() + DELETING_MS;
  const deleting = Array.from({ length: AT_ONCE }, async () => {
    for (let batch = left.pop(); batch && !failure && performance.now() < untilMs; batch = left.pop()) {
      try {
        for (const outcome of await objects.deleteMany(batch)) outcomes.set(outcome.key, outcome);
      } catch (error) {
        failure = error;
      }
    }
  });
  await Promise.all(deleting);
  if (outcomes.size === 0 && failure) throw failure;
  return outcomes;
}
