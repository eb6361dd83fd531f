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
import type { Details } from '../details/details.ts';
import type { Shares, SharingSession } from '../shares/shares.ts';
import type { ObjectStore } from './bucket.ts';
import type { StoredFile } from './file.ts';
import { findFiles } from './listing.ts';

/** Keys in one request, and requests at once. */
const [BATCH, AT_ONCE] = [100, 4];
/** How long deletions begin. The answer must come within 12 s. */
const DELETING_MS = 5_000;

/** A name that was given, and the key that it stands for. */
interface Meant {
  given: string;
  key: string;
  /** Absent for the marker of an empty folder. */
  name?: StoredName;
}

/**
 * Deletes files with their thumbnails, and ends their shares. A file that is not there counts as deleted. A name stands
 * for a file as in `storedName`; one that ends in `/` is that of an empty folder.
 * @returns the names as they were given, each `version` that names a file in the trash, and whether the edge knows
 * @throws GatewayError files_unavailable if nothing could be deleted; and as `Shares`
 */
export async function deleteFiles(
  deps: {
    objects: Pick<ObjectStore, 'list' | 'deleteMany'>;
    shares: Pick<Shares, 'revokeOf'>;
    details: Pick<Details, 'gone'>;
  },
  folder: SharingSession,
  rawNames: readonly string[],
) {
  const { objects, shares, details } = deps;
  const { owner } = folder;
  const failed: { name: string; code: ErrorCode }[] = [];
  const attempt = <T>(given: string, make: () => T): T[] => {
    try {
      return [make()];
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      failed.push({ name: given, code: error.code });
      return [];
    }
  };
  const parsed = [...new Set(rawNames)].flatMap((given) =>
    attempt(given, () => ({ given, name: parseStoredName(given.replace(/\/$/, ''), owner) })),
  );
  // Uploads store names in NFC. Only files of other tools have other forms.
  const odd = parsed.flatMap(({ given, name }) =>
    given.endsWith('/') || name === name.normalize() ? [] : [name],
  );
  const found = odd.length === 0 ? new Map() : await findFiles(objects, owner, odd, () => {});
  const meant = parsed.flatMap((each) => attempt(each.given, () => meantBy(each, owner, found)));
  const keysOf = ({ key, name }: Meant) => [(name && thumbnailKey(owner, key)) ?? [], key].flat();
  let outcomes: Outcomes = new Map();
  const edge = await shares.revokeOf(
    folder,
    meant.flatMap(({ name }) => name ?? []),
    async () => {
      outcomes = await deleteKeys(objects, [...new Set(meant.flatMap(keysOf))]);
    },
  );
  const isGone = (key: string) => outcomes.has(key) && outcomes.get(key)?.code === undefined;
  const gone = meant.filter((each) => keysOf(each).every(isGone));
  await details.gone(gone.flatMap(({ name }) => (name ? [{ owner, name }] : [])));
  const left = meant.filter((each) => !gone.includes(each));
  failed.push(...left.map(({ given: name }) => ({ name, code: 'files_unavailable' as const })));
  const deleted = gone.map(({ given: name, key }) => ({
    name,
    ...defined({ version: outcomes.get(key)?.versionId }),
  }));
  return { deleted, failed, edge };
}

function meantBy(
  { given, name }: { given: string; name: StoredName },
  owner: Owner,
  found: ReadonlyMap<string, StoredFile | undefined>,
): Meant {
  if (given.endsWith('/')) return { given, key: folderMarkerKey(owner, name) };
  const composed = parseStoredName(name.normalize(), owner);
  if (composed !== name && !found.has(name)) throw new GatewayError('files_unavailable');
  const stored = found.get(name) ? name : composed;
  return { given, name: stored, key: objectKey(owner, stored) };
}

type Outcomes = Map<string, { key: string; code?: string; versionId?: string }>;

/**
 * Deletes in batches, so that a slow S3 does not hide what it has done.
 * @returns by key; a key without an outcome stays
 * @throws GatewayError files_unavailable if no batch succeeds
 */
async function deleteKeys(
  objects: Pick<ObjectStore, 'deleteMany'>,
  keys: readonly string[],
): Promise<Outcomes> {
  const outcomes: Outcomes = new Map();
  let next = 0;
  let failure: unknown;
  const untilMs = performance.now() + DELETING_MS;
  const deleting = Array.from({ length: AT_ONCE }, async () => {
    while (next < keys.length && !failure && performance.now() < untilMs) {
      const batch = keys.slice(next, next + BATCH);
      next += BATCH;
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
