import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';

export interface StoredFile {
  key: string;
  size: number;
  etag: string;
  lastModified: Date;
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
