import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createDataFiles, type Piece } from './data-files.ts';
import { S3Error } from './error.ts';
import type { IsAbandoned } from './lifecycle.ts';
import { openRecords } from './records.ts';
import { type ChosenPart, openUploads } from './uploads.ts';

export interface StoredObject {
  pieces: Piece[];
  size: number;
  /** With its quotes. */
  etag: string;
  lastModifiedMs: number;
  /** What goes out again with the object, lower-case: `content-type`, `x-amz-meta-…`. */
  headers: Record<string, string>;
}

/** `If-Match` and `If-None-Match` of a write. */
export interface WriteConditions {
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
}

export type Bucket = ReturnType<typeof openBucket>;

/** A bucket on disk. Objects appear and are replaced as a whole, when all their bytes are there and checked. */
export function openBucket(directory: string, now: () => number, isAbandoned: IsAbandoned) {
  const data = createDataFiles(join(directory, 'data'));
  const objects = openRecords<StoredObject>(join(directory, 'objects'), data, ({ pieces }) => pieces);
  const owned = new Set([...objects.all()].flatMap(([, { pieces }]) => pieces.map(({ file }) => file)));
  const uploads = openUploads(join(directory, 'uploads'), data, { now, isAbandoned, owned });
  // What a damaged record named, a person may want back.
  if (!objects.hasDamaged && !uploads.hasDamaged) data.sweep();
  const createdAt = statSync(join(directory, 'data')).birthtime;
  let sortedKeys: string[] | undefined;

  function replace(key: string, object: StoredObject, conditions: WriteConditions): StoredObject {
    const previous = objects.get(key);
    checkConditions(conditions, previous);
    objects.set(key, object);
    if (!previous) sortedKeys = undefined;
    return object;
  }

  return {
    createdAt,
    get: (key: string) => objects.get(key),
    /** @param end exclusive */
    read: (object: StoredObject, start: number, end: number) => data.read(object.pieces, start, end),
    /** All keys, in the order of their UTF-8 bytes. */
    keys: (): readonly string[] => {
      sortedKeys ??= [...objects.all()]
        .map(([key]) => Buffer.from(key))
        .sort(Buffer.compare)
        .map(String);
      return sortedKeys;
    },
    put: async (
      key: string,
      headers: Record<string, string>,
      source: AsyncIterable<Buffer>,
      conditions: WriteConditions = {},
    ): Promise<StoredObject> => {
      const piece = await data.write(source);
      const { size, md5 } = piece;
      const object = { pieces: [piece], size, etag: `"${md5}"`, lastModifiedMs: now(), headers };
      try {
        return replace(key, object, conditions);
      } finally {
        data.release([piece]);
      }
    },
    delete: (key: string): void => {
      if (!objects.get(key)) return;
      objects.delete(key);
      sortedKeys = undefined;
    },

    uploads,
    completeUpload: (
      id: string,
      key: string,
      chosen: readonly ChosenPart[],
      conditions: WriteConditions,
    ): StoredObject => {
      const upload = uploads.get(id, key);
      const pieces = uploads.choose(upload, chosen);
      const hash = createHash('md5');
      for (const { md5 } of pieces) hash.update(md5, 'hex');
      const etag = `"${hash.digest('hex')}-${pieces.length}"`;
      const size = pieces.reduce((sum, piece) => sum + piece.size, 0);
      const { headers } = upload;
      const object = replace(key, { pieces, size, etag, lastModifiedMs: now(), headers }, conditions);
      uploads.drop(id);
      return object;
    },
  };
}

function checkConditions(
  { ifMatch, ifNoneMatch }: WriteConditions,
  existing: StoredObject | undefined,
): void {
  if (ifMatch !== undefined && !existing) throw new S3Error('NoSuchKey', 'The specified key does not exist.');
  const fails =
    (ifMatch !== undefined && ifMatch.replaceAll('"', '') !== existing?.etag.replaceAll('"', '')) ||
    (ifNoneMatch !== undefined && existing !== undefined);
  if (fails) {
    throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  }
}
