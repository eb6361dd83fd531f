import { randomUUID } from 'node:crypto';
import type { Resource } from '@cloudfront-cookie-gateway/local-cloudfront/template/template';
import { type DataFiles, openRecords, type Piece } from './data-files.ts';
import { S3Error } from './error.ts';

const DAY_MS = 86_400_000;

export interface Upload {
  key: string;
  headers: Record<string, string>;
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

/** Whether an upload in parts must be aborted by now. It began at the given time, in milliseconds since 1970. */
export type IsAbandoned = (startedAtMs: number) => boolean;

/**
 * Multipart uploads on disk. An upload ends when it becomes an object, is aborted, or is abandoned by the lifecycle
 * rule.
 */
export function openUploads(
  directory: string,
  data: DataFiles,
  { now, isAbandoned }: { now: () => number; isAbandoned: IsAbandoned },
) {
  const uploads = openRecords<Upload>(directory, data, ({ parts }) => Object.values(parts));
  dropWhere(({ startedAtMs }) => isAbandoned(startedAtMs));

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
    create: (key: string, headers: Record<string, string>, hasSha256: boolean): string => {
      dropWhere(({ startedAtMs }) => isAbandoned(startedAtMs));
      const id = randomUUID();
      uploads.set(id, { key, headers, startedAtMs: now(), hasSha256, parts: {} });
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

/**
 * The bucket's LifecycleConfiguration. A rule ends an upload after a number of days, at the next midnight UTC (Amazon
 * S3 User Guide, "Lifecycle configuration elements"). A property that is not modelled throws by name.
 */
export function createLifecycle(bucket: Resource, now: () => number): IsAbandoned {
  const days = parseLifecycleRules(bucket.properties['LifecycleConfiguration']).flatMap((rule) => {
    const { Status, AbortIncompleteMultipartUpload: abort, ...others } = rule;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) throw new Error(`local S3: the lifecycle rule ${unknown} is not modelled`);
    return Status === 'Enabled' ? [abort.DaysAfterInitiation] : [];
  });
  return (startedAtMs) =>
    days.some((count) => now() >= Math.ceil((startedAtMs + count * DAY_MS) / DAY_MS) * DAY_MS);
}

interface LifecycleRule {
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: number };
  Status: string;
}

/** Reads the shape that the CDK writes. */
function parseLifecycleRules(configuration: unknown): LifecycleRule[] {
  return (configuration as { Rules?: LifecycleRule[] } | undefined)?.Rules ?? [];
}
