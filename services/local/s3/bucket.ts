import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Reserve } from '../store/reserve.ts';
import { createDataFiles, type Piece } from './data-files.ts';
import { S3Error } from './error.ts';
import { type Lifecycle, nextMidnight } from './lifecycle.ts';
import { type ChosenPart, choosePieces, openUploads } from './uploads.ts';
import {
  type Change,
  type Content,
  openVersions,
  type StoredObject,
  type WriteConditions,
  type WriteReason,
} from './versions.ts';

export type Bucket = ReturnType<typeof openBucket>;

export interface BucketOptions {
  now: () => number;
  isVersioned: boolean;
  lifecycle: Lifecycle;
  reserve?: Reserve | undefined;
  /** Called when a change is on the disk, and before it is answered. */
  onChange: (change: Change) => void;
}

/** A bucket on disk. An object appears, or is replaced, as a whole: when all its bytes are there and checked. */
export function openBucket(directory: string, { lifecycle, ...options }: BucketOptions) {
  const data = createDataFiles(join(directory, 'data'), options.reserve);
  const { now } = options;
  const versions = openVersions(join(directory, 'objects'), data, options);
  const uploads = openUploads(join(directory, 'uploads'), data, now);
  dropCompleted();
  let expiresAtMs = 0;
  expire();
  // A person may want the data of a damaged record back.
  if (!versions.hasDamaged && !uploads.hasDamaged) data.sweep();

  /** A crash between the new object and the end of its upload leaves both. */
  function dropCompleted(): void {
    const owned = new Set(versions.objects().flatMap(({ pieces }) => pieces.map(({ file }) => file)));
    uploads.dropWhere(({ parts }) => Object.values(parts).some(({ file }) => owned.has(file)));
  }

  /** Does what the lifecycle rules say. They act at midnight, so this does it once a day. */
  function expire(): void {
    if (now() < expiresAtMs) return;
    expiresAtMs = nextMidnight(now());
    uploads.dropWhere(({ startedAtMs }) => lifecycle.isAbandoned(startedAtMs));
    versions.expire(lifecycle);
  }

  async function put(
    key: string,
    { source, ...described }: Pick<Content, 'headers' | 'tags'> & { source: AsyncIterable<Buffer> },
    conditions: WriteConditions = {},
    reason: WriteReason = 'PutObject',
  ): Promise<StoredObject> {
    const pieces: Piece[] = [];
    try {
      const make = async () => {
        const piece = await data.write(source);
        pieces.push(piece);
        return { ...described, pieces, size: piece.size, etag: `"${piece.md5}"` };
      };
      return await versions.write(key, conditions, make, reason);
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
      const make = async () => {
        const chosen = await readChosen();
        const upload = uploads.get(id, key);
        const { headers, tags, startedAtMs } = upload;
        // S3 User Guide, "Working with object metadata": Last-Modified is the date on which the upload was begun.
        return { ...joined(choosePieces(upload, chosen)), headers, tags, lastModifiedMs: startedAtMs };
      };
      const object = await versions.write(key, conditions, make, 'CompleteMultipartUpload');
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
    /** @param end exclusive */
    read: (object: StoredObject, start: number, end: number) => data.read(object.pieces, start, end),
    put,
    versions,
    uploads,
    completeUpload,
    expire,
  };
}

/** An object of several pieces. Its ETag is that of S3: the hash of the pieces' hashes, and their number. */
function joined(pieces: Piece[]): Pick<Content, 'pieces' | 'size' | 'etag'> {
  const hash = createHash('md5');
  for (const { md5 } of pieces) hash.update(md5, 'hex');
  const size = pieces.reduce((sum, piece) => sum + piece.size, 0);
  return { pieces, size, etag: `"${hash.digest('hex')}-${pieces.length}"` };
}
