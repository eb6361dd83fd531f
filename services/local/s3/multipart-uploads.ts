import { randomUUID } from 'node:crypto';
import type { DataFiles, Piece } from './data-files.ts';
import { S3Error } from './error.ts';
import type { IsAbandoned } from './lifecycle.ts';
import { openRecords } from './records.ts';

export interface Upload {
  key: string;
  headers: Record<string, string>;
  startedAtMs: number;
  /** Every part has its SHA-256, and the final list names it. */
  hasSha256: boolean;
  parts: Record<string, Piece & { lastModifiedMs: number; sha256?: string | undefined }>;
}

/** A part as the client's final list names it. */
export interface ChosenPart {
  number: number;
  etag: string;
  /** Base64. */
  sha256: string | undefined;
}

export type Uploads = ReturnType<typeof openUploads>;

/**
 * Multipart uploads on disk. An upload ends when it becomes an object, is aborted, or is abandoned by the lifecycle
 * rule.
 */
export function openUploads(
  directory: string,
  data: DataFiles,
  {
    now,
    isAbandoned,
    owned,
  }: {
    now: () => number;
    isAbandoned: IsAbandoned;
    /** Data files of the objects. */
    owned: ReadonlySet<string>;
  },
) {
  const uploads = openRecords<Upload>(directory, data, ({ parts }) => Object.values(parts));
  // A crash between the new object and the end of its upload leaves both.
  for (const [id, { parts }] of [...uploads.all()]) {
    if (Object.values(parts).some(({ file }) => owned.has(file))) uploads.delete(id);
  }
  dropAbandoned();

  function get(id: string, key: string): Upload {
    const upload = uploads.get(id);
    if (upload?.key !== key) {
      throw new S3Error(
        'NoSuchUpload',
        'The specified upload does not exist. It may have been aborted or completed.',
      );
    }
    return upload;
  }

  function dropAbandoned(): void {
    for (const [id, upload] of [...uploads.all()]) if (isAbandoned(upload.startedAtMs)) uploads.delete(id);
  }

  return {
    get,
    all: uploads.all,
    /** Removes the pieces that no object has. */
    drop: uploads.delete,
    hasDamaged: uploads.hasDamaged,
    create: (key: string, headers: Record<string, string>, hasSha256: boolean): string => {
      dropAbandoned();
      const id = randomUUID();
      uploads.set(id, { key, headers, startedAtMs: now(), hasSha256, parts: {} });
      return id;
    },
    /** @param sha256 base64; the source of the bytes checks it */
    putPart: async (
      id: string,
      key: string,
      number: number,
      source: AsyncIterable<Buffer>,
      sha256?: string,
    ): Promise<Piece> => {
      const { hasSha256 } = get(id, key);
      if (hasSha256 !== (sha256 !== undefined)) {
        const [expected, actual] = hasSha256 ? ['sha256', 'null'] : ['null', 'sha256'];
        throw new S3Error(
          'InvalidRequest',
          `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${actual}`,
        );
      }
      const piece = await data.write(source);
      try {
        const upload = get(id, key);
        const part = { ...piece, lastModifiedMs: now(), sha256 };
        uploads.set(id, { ...upload, parts: { ...upload.parts, [number]: part } });
      } finally {
        data.release([piece]);
      }
      return piece;
    },
    /**
     * The pieces that a client's list names.
     * @throws S3Error if the list does not match the uploaded parts
     */
    choose: ({ parts, hasSha256 }: Upload, chosen: readonly ChosenPart[]): Piece[] => {
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
      return pieces;
    },
  };
}
