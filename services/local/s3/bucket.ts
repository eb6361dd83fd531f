import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createDataFiles, openRecords, type Piece } from './data-files.ts';
import { S3Error } from './error.ts';
import { type ChosenPart, choosePieces, type IsAbandoned, openUploads } from './uploads.ts';

export interface StoredObject {
  pieces: Piece[];
  size: number;
  /** With quotes. */
  etag: string;
  lastModifiedMs: number;
  /** The headers that are stored and sent with the object, in lower case: `content-type`, `x-amz-meta-…`. */
  headers: Record<string, string>;
}

/** `If-Match` and `If-None-Match` of a write request. */
export interface WriteConditions {
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
}

export type Bucket = ReturnType<typeof openBucket>;

/** A bucket on disk. An object appears, or is replaced, as a whole: when all its bytes are there and checked. */
export function openBucket(directory: string, now: () => number, isAbandoned: IsAbandoned) {
  const data = createDataFiles(join(directory, 'data'));
  const objects = openObjects(join(directory, 'objects'), data);
  const uploads = openUploads(join(directory, 'uploads'), data, { now, isAbandoned });
  dropCompleted(uploads, objects);
  // A person may want the data of a damaged record back.
  if (!objects.hasDamaged && !uploads.hasDamaged) data.sweep();

  async function put(
    key: string,
    headers: Record<string, string>,
    source: AsyncIterable<Buffer>,
    conditions: WriteConditions = {},
  ): Promise<StoredObject> {
    const pieces: Piece[] = [];
    try {
      return await objects.write(key, conditions, async () => {
        const piece = await data.write(source);
        pieces.push(piece);
        return { pieces, size: piece.size, etag: `"${piece.md5}"`, lastModifiedMs: now(), headers };
      });
    } finally {
      data.release(pieces);
    }
  }

  /** @param readChosen reads the list of parts from the request */
  async function completeUpload(
    id: string,
    key: string,
    readChosen: () => Promise<ChosenPart[]>,
    conditions: WriteConditions,
  ): Promise<StoredObject> {
    try {
      const object = await objects.write(key, conditions, async () => {
        const chosen = await readChosen();
        const upload = uploads.get(id, key);
        return { ...joined(choosePieces(upload, chosen)), lastModifiedMs: now(), headers: upload.headers };
      });
      uploads.drop(id);
      return object;
    } catch (error) {
      // After this error S3 demands a new upload from the beginning.
      if (error instanceof S3Error && error.code === 'ConditionalRequestConflict') uploads.drop(id);
      throw error;
    }
  }

  return {
    createdAt: statSync(join(directory, 'data')).birthtime,
    get: objects.get,
    keys: objects.keys,
    /** @param end exclusive */
    read: (object: StoredObject, start: number, end: number) => data.read(object.pieces, start, end),
    put,
    delete: objects.delete,
    uploads,
    completeUpload,
  };
}

/** A crash between the new object and the end of its upload leaves both. */
function dropCompleted(uploads: ReturnType<typeof openUploads>, objects: ReturnType<typeof openObjects>) {
  const owned = new Set([...objects.all()].flatMap(([, { pieces }]) => pieces.map(({ file }) => file)));
  uploads.dropWhere(({ parts }) => Object.values(parts).some(({ file }) => owned.has(file)));
}

/** An object of several pieces. Its ETag is that of S3: the hash of the pieces' hashes, and their number. */
function joined(pieces: Piece[]): Pick<StoredObject, 'pieces' | 'size' | 'etag'> {
  const hash = createHash('md5');
  for (const { md5 } of pieces) hash.update(md5, 'hex');
  const size = pieces.reduce((sum, piece) => sum + piece.size, 0);
  return { pieces, size, etag: `"${hash.digest('hex')}-${pieces.length}"` };
}

function openObjects(directory: string, data: ReturnType<typeof createDataFiles>) {
  const objects = openRecords<StoredObject>(directory, data, ({ pieces }) => pieces);
  let sortedKeys: string[] | undefined;
  const writes = new Set<{ key: string; isOvertaken: boolean }>();
  return {
    get: objects.get,
    all: objects.all,
    hasDamaged: objects.hasDamaged,
    /** All keys, in the order of their UTF-8 bytes. */
    keys: (): readonly string[] => {
      sortedKeys ??= [...objects.all()]
        .map(([key]) => Buffer.from(key))
        .sort(Buffer.compare)
        .map(String);
      return sortedKeys;
    },
    /**
     * A write from its first byte on. If two writes overlap, the first to finish wins. A delete in between is a
     * conflict (S3 User Guide, "Conditional write behavior").
     */
    write: async (
      key: string,
      conditions: WriteConditions,
      make: () => Promise<StoredObject>,
    ): Promise<StoredObject> => {
      const self = { key, isOvertaken: false };
      writes.add(self);
      try {
        const object = await make();
        // No other code runs between here and the end of the block.
        const previous = objects.get(key);
        checkConditions(conditions, previous, self.isOvertaken);
        objects.set(key, object);
        if (!previous) sortedKeys = undefined;
        return object;
      } finally {
        writes.delete(self);
      }
    },
    delete: (key: string): void => {
      if (!objects.get(key)) return;
      for (const each of writes) each.isOvertaken ||= each.key === key;
      objects.delete(key);
      sortedKeys = undefined;
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
  const fails =
    (ifMatch !== undefined && ifMatch.replaceAll('"', '') !== existing?.etag.replaceAll('"', '')) ||
    (ifNoneMatch !== undefined && existing !== undefined);
  if (fails) {
    throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  }
  if (ifNoneMatch !== undefined && isOvertaken) {
    throw new S3Error(
      'ConditionalRequestConflict',
      'The conditional request cannot succeed due to a conflicting operation against this resource.',
    );
  }
}
