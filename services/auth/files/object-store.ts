import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';

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
  /** SHA-256 of the content, in hex. */
  sha256: string;
  /** The upload may overwrite a file that has the key. */
  replace: boolean;
}

/** A presigned PUT. It must be sent with these headers. */
export interface SignedPut {
  url: string;
  headers: Record<string, string>;
  /** The PUT must begin before this time. */
  expiresAt: Date;
}

/** The most keys that S3 lists at once. */
export const MAX_KEYS = 1_000;

/** All methods throw GatewayError files_unavailable. */
export interface ObjectStore {
  /** The origin to which browsers send uploads: that of the bucket's address. */
  uploadOrigin(): Promise<string>;
  /**
   * A presigned PUT. Key, length, type and content are signed, and S3 itself refuses anything else. Unless the upload
   * may replace a file, `If-None-Match: *` is signed too, and S3 refuses a key that is taken (412).
   */
  presignUpload(upload: Upload): Promise<SignedPut>;
  find(key: string): Promise<StoredFile | undefined>;
  /** Deletes a file. Succeeds too if there is no file. */
  delete(key: string): Promise<void>;
  /**
   * Deletes files, 1 to 1,000 at once. Counts a file that is not there as deleted.
   * @returns for each key S3's code if S3 did not delete the file, or the id of the delete marker that hides it. A
   *   bucket that keeps no versions has no markers
   */
  deleteMany(keys: readonly string[]): Promise<{ key: string; code?: string; versionId?: string }[]>;
  /**
   * Stores an empty object, which marks an empty folder.
   * @param key ends in `/`
   * @returns false if it is there already
   */
  markFolder(key: string): Promise<boolean>;
  /**
   * S3's clock, in whole seconds.
   * @param prefix of keys that may be listed
   */
  now(prefix: string): Promise<Date>;
  /** Lists in S3's order (UTF-8 bytes). `after` is a key: the list begins behind it. */
  list(query: {
    prefix: string;
    after?: string;
    limit: number;
  }): Promise<{ files: StoredFile[]; lastKey?: string | undefined }>;
}

export interface StoredPart {
  number: number;
  /** Bytes. */
  size: number;
  etag: string;
  /** In hex. Undefined if S3 does not keep it. */
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
   * A presigned UploadPart. Length (bytes) and SHA-256 (hex) are signed, so S3 itself refuses other bytes. The part
   * must be sent with the headers that are returned.
   */
  presignPart(
    upload: MultipartUpload,
    part: { number: number; size: number; sha256: string },
  ): Promise<SignedPut>;
  /** The parts in order. Undefined if S3 has no such upload, or has it no longer. */
  listParts(upload: MultipartUpload): Promise<StoredPart[] | undefined>;
  /**
   * Makes the file of exactly these parts.
   * @returns `gone`: S3 has no such upload, or has it no longer; `taken`: the key has a file that must stay;
   *   `overtaken`: such a file was deleted during the call, so S3 wants a new upload
   */
  complete(
    upload: MultipartUpload,
    parts: readonly StoredPart[],
    options: { replace: boolean },
  ): Promise<'made' | 'gone' | 'taken' | 'overtaken'>;
  /** Drops the upload. Succeeds too if S3 has no such upload. */
  abort(upload: MultipartUpload): Promise<void>;
}

/** Who uploads, and into whose folder. */
export interface Uploader {
  owner: Owner;
  userId: UserId;
  /** `userId` names a browser that has opened a link, and no user. */
  isGuest?: true;
}

/**
 * The terms of an upload in parts. Key, size and type of the upload come from this record only. `userId` began it, and
 * nobody else goes on with it.
 */
export interface UploadRecord extends Omit<Uploader, 'isGuest'> {
  key: string;
  /** Bytes. */
  size: number;
  type: string;
  /** The upload may replace a file that has the key. */
  replace: boolean;
  /** S3's id of the upload. */
  multipartId: string;
  /** The file's own date: ISO 8601 in UTC. */
  changedAt?: string;
  expiresAtEpoch: number;
  /** The ETag that the file will have. It is written before S3 is asked to make the file. */
  etag?: string;
  outcome?: 'completed' | 'aborted' | 'taken';
}
