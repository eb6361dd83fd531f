import { randomUUID } from 'node:crypto';
import { type DataFiles, openRecords, type Piece } from './data-files.ts';
import { S3Error } from './error.ts';
import type { Tags } from './versions.ts';

export interface Upload {
  key: string;
  headers: Record<string, string>;
  tags?: Tags | undefined;
  startedAtMs: number;
  /** Every part has its SHA-256, and the final list names it. */
  hasSha256: boolean;
  parts: Record<string, Piece & { lastModifiedMs: number; sha256?: string | undefined }>;
}

/** A part as it comes. */
export interface NewPart {
  number: number;
  source: AsyncIterable<Buffer>;
  /** Base64; the source of the bytes checks it. */
  sha256?: string | undefined;
}

/** A part as the client's final list names it. */
export interface ChosenPart {
  number: number;
  etag: string;
  /** Base64. */
  sha256: string | undefined;
}

/**
 * Multipart uploads on disk. An upload ends when it becomes an object, is aborted, or is abandoned by the lifecycle
 * rule.
 */
export function openUploads(directory: string, data: DataFiles, now: () => number) {
  const uploads = openRecords<Upload>(directory, data, { piecesOf: ({ parts }) => Object.values(parts) });

  function get(id: string, key: string): Upload {
    const upload = uploads.get(id);
    if (upload?.key === key) return upload;
    throw new S3Error(
      'NoSuchUpload',
      'The specified upload does not exist. It may have been aborted or completed.',
    );
  }

  function dropWhere(isEnded: (upload: Upload) => boolean): void {
    for (const [id, upload] of [...uploads.all()]) if (isEnded(upload)) uploads.delete(id);
  }

  return {
    get,
    all: uploads.all,
    hasDamaged: uploads.hasDamaged,
    /** Removes the pieces that no object has. */
    drop: uploads.delete,
    dropWhere,
    create: (upload: Pick<Upload, 'key' | 'headers' | 'tags' | 'hasSha256'>): string => {
      const id = randomUUID();
      uploads.set(id, { ...upload, startedAtMs: now(), parts: {} });
      return id;
    },
    putPart: async (id: string, key: string, { number, source, sha256 }: NewPart): Promise<Piece> => {
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
  };
}

/**
 * The pieces that a client's final list names.
 * @throws S3Error if the list does not match the uploaded parts
 */
export function choosePieces({ parts, hasSha256 }: Upload, chosen: readonly ChosenPart[]): Piece[] {
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
}
