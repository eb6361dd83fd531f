import { createHash, randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createDataFiles, type Piece } from './data-files.ts';
import { S3Error } from './error.ts';
import { openRecords } from './records.ts';

export interface StoredObject {
  pieces: Piece[];
  size: number;
  /** With its quotes. */
  etag: string;
  lastModifiedMs: number;
  /** What goes out again with the object, lower-case: `content-type`, `x-amz-meta-…`. */
  headers: Record<string, string>;
}

export interface Upload {
  key: string;
  headers: Record<string, string>;
  /** Every part comes with its SHA-256, and is named with it at the end. */
  hasSha256?: boolean;
  parts: Record<string, Piece & { lastModifiedMs: number; sha256?: string }>;
}

/** `If-Match` and `If-None-Match` of a write. */
export interface WriteConditions {
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
}

export type Bucket = ReturnType<typeof openBucket>;

/** A bucket on disk. Objects appear and are replaced as a whole, when all their bytes are there and checked. */
export function openBucket(directory: string, now: () => number) {
  const data = createDataFiles(join(directory, 'data'));
  const objects = openRecords<StoredObject>(join(directory, 'objects'));
  const uploads = openRecords<Upload>(join(directory, 'uploads'));
  data.removeAllBut([
    ...[...objects.all()].flatMap(([, { pieces }]) => pieces),
    ...[...uploads.all()].flatMap(([, { parts }]) => Object.values(parts)),
  ]);
  const createdAt = statSync(join(directory, 'data')).birthtime;
  let sortedKeys: string[] | undefined;

  function replace(key: string, object: StoredObject, conditions: WriteConditions): StoredObject {
    const previous = objects.get(key);
    checkConditions(conditions, previous);
    objects.set(key, object);
    if (!previous) sortedKeys = undefined;
    else data.remove(previous.pieces);
    return object;
  }

  function uploadOf(id: string, key: string): Upload {
    const upload = uploads.get(id);
    if (upload?.key !== key) {
      throw new S3Error(
        'NoSuchUpload',
        'The specified upload does not exist. It may have been aborted or completed.',
      );
    }
    return upload;
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
      } catch (error) {
        data.remove([piece]);
        throw error;
      }
    },
    delete: (key: string): void => {
      const object = objects.get(key);
      if (!object) return;
      objects.delete(key);
      sortedKeys = undefined;
      data.remove(object.pieces);
    },

    createUpload: (key: string, headers: Record<string, string>, hasSha256: boolean): string => {
      const id = randomUUID();
      uploads.set(id, { key, headers, hasSha256, parts: {} });
      return id;
    },
    upload: uploadOf,
    /** @param sha256 base64, checked by whoever gives the bytes */
    putPart: async (
      id: string,
      key: string,
      number: number,
      source: AsyncIterable<Buffer>,
      sha256?: string,
    ): Promise<Piece> => {
      const { hasSha256 = false } = uploadOf(id, key);
      if (hasSha256 !== (sha256 !== undefined)) {
        const [expected, actual] = hasSha256 ? ['sha256', 'null'] : ['null', 'sha256'];
        throw new S3Error(
          'InvalidRequest',
          `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${actual}`,
        );
      }
      const piece = await data.write(source);
      try {
        const upload = uploadOf(id, key);
        const previous = upload.parts[number];
        const part = { ...piece, lastModifiedMs: now(), ...(sha256 === undefined ? {} : { sha256 }) };
        uploads.set(id, { ...upload, parts: { ...upload.parts, [number]: part } });
        if (previous) data.remove([previous]);
      } catch (error) {
        data.remove([piece]);
        throw error;
      }
      return piece;
    },
    /** @param chosen part numbers, ETags and checksums, as the client lists them */
    completeUpload: (
      id: string,
      key: string,
      chosen: readonly { number: number; etag: string; sha256: string | undefined }[],
      conditions: WriteConditions,
    ): StoredObject => {
      const { headers, parts, hasSha256 } = uploadOf(id, key);
      const pieces = chosen.map(({ number, etag, sha256 }, index) => {
        const part = parts[number];
        if (hasSha256 && sha256 === undefined) {
          throw new S3Error(
            'InvalidRequest',
            `The upload was created using a sha256 checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
          );
        }
        if (!part || part.md5 !== etag.replaceAll('"', '') || (sha256 ?? part.sha256) !== part.sha256) {
          throw new S3Error('InvalidPart', `Part ${number} could not be found, or its ETag is another.`);
        }
        if (number <= (chosen[index - 1]?.number ?? 0)) {
          throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order.');
        }
        return part;
      });
      if (pieces.length === 0) throw new S3Error('MalformedXML', 'There must be at least one part.');
      if (pieces.slice(0, -1).some(({ size }) => size < 5 * 1024 * 1024)) {
        throw new S3Error(
          'EntityTooSmall',
          'Your proposed upload is smaller than the minimum allowed object size.',
        );
      }
      const hash = createHash('md5');
      for (const { md5 } of pieces) hash.update(md5, 'hex');
      const etag = `"${hash.digest('hex')}-${pieces.length}"`;
      const size = pieces.reduce((sum, piece) => sum + piece.size, 0);
      const object = replace(key, { pieces, size, etag, lastModifiedMs: now(), headers }, conditions);
      uploads.delete(id);
      data.remove(Object.values(parts).filter((part) => !pieces.includes(part)));
      return object;
    },
    abortUpload: (id: string, key: string): void => {
      const { parts } = uploadOf(id, key);
      uploads.delete(id);
      data.remove(Object.values(parts));
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
