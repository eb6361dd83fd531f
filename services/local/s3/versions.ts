import { randomBytes } from 'node:crypto';
import { type DataFiles, openRecords, type Piece } from './data-files.ts';
import { S3Error } from './error.ts';
import type { Lifecycle } from './lifecycle.ts';

export type Tags = Record<string, string>;

/** An object without a name. */
export interface Content {
  pieces: Piece[];
  size: number;
  /** With quotes. */
  etag: string;
  /** The headers that are stored and sent with the object, in lower case: `content-type`, `x-amz-meta-…`. */
  headers: Record<string, string>;
  tags?: Tags | undefined;
}

interface Stamp {
  versionId: string;
  lastModifiedMs: number;
}

export type StoredObject = Content & Stamp;
export type DeleteMarker = { isDeleteMarker: true } & Stamp;
export type Version = StoredObject | DeleteMarker;

/** `If-Match` and `If-None-Match` of a write request. */
export interface WriteConditions {
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
}

/** What a delete has removed, or the marker that it has made. */
export type Deleted = Pick<Stamp, 'versionId'> & { isDeleteMarker: boolean };

/** Something that S3 tells EventBridge of. */
export interface Change {
  key: string;
  /** The version that came, or that is gone. */
  version: Version;
  reason: WriteReason | 'DeleteObject' | 'Lifecycle Expiration';
  /** Absent for a new object. */
  deletion?: 'Delete Marker Created' | 'Permanently Deleted';
}

export type WriteReason = 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload';

/** The version of a bucket that keeps none. */
export const NULL_ID = 'null';

export function isObject(version: Version | undefined): version is StoredObject {
  return version !== undefined && 'pieces' in version;
}

/** Whether S3 could have given this version id. */
export function isVersionId(text: string): boolean {
  return text === NULL_ID || /^[0-9a-f]{32}$/.test(text);
}

export type Versions = ReturnType<typeof openVersions>;

/**
 * The objects of a bucket on disk: under each key its versions, newest first. The newest is the current one. If the
 * bucket keeps no versions, there is one, `null`, which each write replaces. Versions that the bucket kept earlier stay
 * then, as in a bucket whose versioning is suspended (Amazon S3 User Guide, "How S3 Versioning works").
 */
export function openVersions(
  directory: string,
  data: DataFiles,
  {
    isVersioned,
    now,
    onChange,
  }: { isVersioned: boolean; now: () => number; onChange: (change: Change) => void },
) {
  const records = openRecords<Version[]>(directory, data, {
    piecesOf: (versions) => versions.flatMap((version) => (isObject(version) ? version.pieces : [])),
    // Before there were versions, a record was the object.
    upgrade: (record) => (Array.isArray(record) ? record : [{ ...Object(record), versionId: NULL_ID }]),
  });
  let sortedKeys: string[] | undefined;
  let lastOrder = 0;
  const writes = new Set<{ key: string; isOvertaken: boolean }>();

  const all = (key: string): readonly Version[] => records.get(key) ?? [];
  const find = (key: string, versionId?: string): Version | undefined =>
    versionId === undefined ? all(key)[0] : all(key).find((version) => version.versionId === versionId);
  const current = (key: string): StoredObject | undefined => [find(key)].find(isObject);

  function set(key: string, versions: Version[]): void {
    const before = all(key);
    if (versions.length > 0) records.set(key, versions);
    else records.delete(key);
    follow(key, before);
  }

  /** As `set`, while other code runs. @returns false if the key has other versions by then */
  async function replace(key: string, before: Version[] | undefined, versions: Version[]): Promise<boolean> {
    if (versions.length === 0) set(key, versions);
    else if (!(await records.replace(key, before, versions))) return false;
    else follow(key, before ?? []);
    return true;
  }

  /** What follows from a change of a key. */
  function follow(key: string, before: readonly Version[]): void {
    if (before.length === 0 || all(key).length === 0) sortedKeys = undefined;
    if (!isObject(before[0]) || current(key)) return;
    for (const each of writes) each.isOvertaken ||= each.key === key;
  }

  /** Each id is greater than those before it, so a list can go on after a version that is gone. */
  function newVersionId(): string {
    if (!isVersioned) return NULL_ID;
    lastOrder = Math.max(lastOrder + 1, now() * 1_000);
    return lastOrder.toString(16).padStart(16, '0') + randomBytes(8).toString('hex');
  }

  function stamped<V>(made: V, lastModifiedMs = now()): V & Stamp {
    return { ...made, versionId: newVersionId(), lastModifiedMs };
  }

  function withNew(key: string, version: Version): Version[] {
    return [version, ...all(key).filter(({ versionId }) => versionId !== version.versionId)];
  }

  /** What a delete changes; undefined if there is nothing to remove. */
  function deletionOf(key: string, versionId: string | undefined) {
    const hides = isVersioned || all(key).some((version) => version.versionId !== NULL_ID);
    if (versionId === undefined && hides) {
      const version: DeleteMarker = stamped({ isDeleteMarker: true });
      return { version, left: withNew(key, version), deletion: 'Delete Marker Created' } as const;
    }
    const version = versionId === undefined ? current(key) : find(key, versionId);
    const left = all(key).filter((each) => each !== version);
    return version && ({ version, left, deletion: 'Permanently Deleted' } as const);
  }

  return {
    isVersioned,
    all,
    find,
    current,
    hasDamaged: records.hasDamaged,
    /** All keys, in the order of their UTF-8 bytes. */
    keys: (): readonly string[] => {
      sortedKeys ??= [...records.all()]
        .map(([key]) => Buffer.from(key))
        .sort(Buffer.compare)
        .map(String);
      return sortedKeys;
    },
    /** All objects of all keys. */
    objects: (): StoredObject[] => [...records.all()].flatMap(([, versions]) => versions.filter(isObject)),
    /**
     * A write from its first byte on. If two writes overlap, the first to finish wins. A delete in between is a
     * conflict (S3 User Guide, "Conditional write behavior"). The date is now, unless `make` gives one.
     */
    write: async (
      key: string,
      conditions: WriteConditions,
      make: () => Promise<Content & Partial<Pick<Stamp, 'lastModifiedMs'>>>,
      reason: WriteReason,
    ): Promise<StoredObject> => {
      const self = { key, isOvertaken: false };
      writes.add(self);
      try {
        const { lastModifiedMs, ...content } = await make();
        // No other code runs between here and the end of the block.
        checkConditions(conditions, current(key), self.isOvertaken);
        const version = stamped(content, lastModifiedMs);
        set(key, withNew(key, version));
        onChange({ key, version, reason });
        return version;
      } finally {
        writes.delete(self);
      }
    },
    /**
     * Removes one version, or hides all behind a delete marker. What is not there is removed already.
     * @returns undefined if the bucket keeps no versions
     * @throws S3Error if the current version does not meet the condition
     */
    delete: async (
      key: string,
      versionId: string | undefined,
      ifMatch?: string,
    ): Promise<Deleted | undefined> => {
      for (;;) {
        checkConditions({ ifMatch }, current(key), false);
        const before = records.get(key);
        const done = deletionOf(key, versionId);
        if (done && !(await replace(key, before, done.left))) continue;
        if (done) onChange({ key, version: done.version, reason: 'DeleteObject', deletion: done.deletion });
        if (versionId !== undefined) return { versionId, isDeleteMarker: !!done && !isObject(done.version) };
        return done?.deletion === 'Delete Marker Created' ? done.version : undefined;
      }
    },
    setTags: (key: string, object: StoredObject, tags: Tags): void =>
      set(
        key,
        all(key).map((version) => (version === object ? { ...object, tags } : version)),
      ),
    /** Removes what the rules no longer keep. A version is noncurrent since the version after it. */
    expire: ({ isExpired, dropsLoneMarkers }: Lifecycle): void => {
      for (const [key, versions] of [...records.all()]) {
        const kept = versions.filter((_, index) => {
          const successor = versions[index - 1];
          return !successor || !isExpired(successor.lastModifiedMs);
        });
        const isLone = dropsLoneMarkers && kept.length === 1 && !kept.some(isObject);
        const left = isLone ? [] : kept;
        if (left.length === versions.length) continue;
        set(key, left);
        for (const version of versions) {
          if (!left.includes(version)) {
            const change = { reason: 'Lifecycle Expiration', deletion: 'Permanently Deleted' } as const;
            onChange({ key, version, ...change });
          }
        }
      }
    },
  };
}

/** @param isOvertaken the object has been deleted since the write began */
function checkConditions(
  { ifMatch, ifNoneMatch }: WriteConditions,
  existing: StoredObject | undefined,
  isOvertaken: boolean,
): void {
  if (ifMatch !== undefined && !existing) throw new S3Error('NoSuchKey', 'The specified key does not exist.');
  const tags = ['*', existing?.etag.replaceAll('"', '')];
  const fails =
    (ifMatch !== undefined && !tags.includes(ifMatch.replaceAll('"', ''))) ||
    (ifNoneMatch !== undefined && existing !== undefined);
  if (fails) throw preconditionFailed();
  if (ifNoneMatch !== undefined && isOvertaken) {
    throw new S3Error(
      'ConditionalRequestConflict',
      'The conditional request cannot succeed due to a conflicting operation against this resource.',
    );
  }
}

export function preconditionFailed(): S3Error {
  return new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
}
