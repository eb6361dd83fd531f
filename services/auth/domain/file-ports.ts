import type { UserId } from './user-id.ts';

export interface StoredFile {
  key: string;
  size: number;
  etag: string;
  lastModified: Date;
}

export interface Upload {
  key: string;
  /** Bytes. */
  size: number;
  type: string;
  /** Of the content, in hex. */
  sha256: string;
  /** A file that has the key may be overwritten. */
  replace: boolean;
}

/** A presigned PUT, to be sent with these headers. */
export interface SignedPut {
  url: string;
  headers: Record<string, string>;
  /** It must begin before. */
  expiresAt: Date;
}

/** The most that S3 lists at once. */
export const MAX_KEYS = 1_000;

/** All methods throw GatewayError files_unavailable. */
export interface ObjectStore {
  /** Where browsers send uploads: the origin of the bucket's address. */
  uploadOrigin(): Promise<string>;
  /**
   * A presigned PUT in which key, length, type, content and, unless it may replace, `If-None-Match: *` are signed: S3
   * itself refuses anything else, and a key that is taken (412).
   */
  presignUpload(upload: Upload): Promise<SignedPut>;
  find(key: string): Promise<StoredFile | undefined>;
  /** Also where there is nothing. */
  delete(key: string): Promise<void>;
  /** In S3's order (UTF-8 bytes). `after` is a key: the list goes on behind it. */
  list(query: {
    prefix: string;
    after?: string;
    limit: number;
  }): Promise<{ files: StoredFile[]; lastKey?: string }>;
}

export interface StoredPart {
  number: number;
  /** Bytes. */
  size: number;
  etag: string;
  /** Hex; undefined where S3 does not keep it. */
  sha256?: string;
}

/** An upload in parts, as S3 knows it. */
export interface MultipartUpload {
  key: string;
  multipartId: string;
}

/** S3's multipart uploads. All methods throw GatewayError files_unavailable. */
export interface MultipartStore {
  /** @returns S3's id of the upload */
  create(file: { key: string; type: string }): Promise<string>;
  /**
   * A presigned UploadPart in which length (bytes) and SHA-256 (hex) are signed: S3 itself refuses other bytes. It is
   * to be sent with the headers given.
   */
  presignPart(
    upload: MultipartUpload,
    part: { number: number; size: number; sha256: string },
  ): Promise<SignedPut>;
  /** In order; undefined where S3 has no such upload, or no more. */
  listParts(upload: MultipartUpload): Promise<StoredPart[] | undefined>;
  /**
   * Makes the file of exactly these parts.
   * @returns `gone` where S3 has no such upload, or no more; `taken` where the key has a file that must stay; `overtaken`
   * where such a file was deleted meanwhile, after which S3 wants the upload begun anew
   */
  complete(
    upload: MultipartUpload,
    parts: readonly StoredPart[],
    options: { replace: boolean },
  ): Promise<'made' | 'gone' | 'taken' | 'overtaken'>;
  /** Also where S3 has no such upload. */
  abort(upload: MultipartUpload): Promise<void>;
}

/** What was promised of an upload in parts. It alone says which key, size and type the upload has. */
export interface UploadRecord {
  userId: UserId;
  key: string;
  /** Bytes. */
  size: number;
  type: string;
  /** It may take the place of a file that has the key. */
  replace: boolean;
  /** S3's id. */
  multipartId: string;
  expiresAtEpoch: number;
  /** Of the file that it becomes; written before S3 is asked to make it. */
  etag?: string;
  outcome?: 'completed' | 'aborted' | 'taken';
}

/** What was promised of each upload in parts. All methods throw GatewayError store_unavailable. */
export interface UploadStore {
  create(id: string, upload: UploadRecord): Promise<void>;
  /** Also what has expired, until the store forgets it. */
  read(id: string): Promise<UploadRecord | undefined>;
  update(id: string, change: Partial<Pick<UploadRecord, 'etag' | 'outcome'>>): Promise<void>;
}
