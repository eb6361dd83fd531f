import type { StoredFile } from '@cloudfront-cookie-gateway/auth/files/file';

export interface FoundFile extends StoredFile {
  /** Absent in a bucket that keeps no versions. */
  versionId?: string;
  /** What S3 stores with the file, such as its content type. A copy gets the same. */
  headers: Readonly<Record<string, string>>;
  metadata: Readonly<Record<string, string>>;
  /** The mark of the copy or move that made the file: what it was made from. */
  madeFrom?: string;
  /** The id of the request that goes on in the background and made the file. */
  madeBy?: string;
}

/** One version of a key: a file, or a delete marker, which hides the versions before it. */
export interface Version {
  key: string;
  versionId: string;
  lastModified: Date;
  /** Whether it is the current version. */
  isLatest: boolean;
  /** Absent for a delete marker. Bytes, and the ETag without quotes. */
  file?: { size: number; etag: string };
}

export interface Copy {
  from: FoundFile;
  key: string;
  /** What the copy may take the place of: any file, no file, or the file with this ETag alone. */
  replace: boolean | { etag: string };
  /** Stays with the copy. A second try of what made it knows it again by this mark. */
  madeFrom?: string;
  /** Stays with the copy too. A second run of the same request knows the copy again by this id. */
  madeBy?: string;
  /** Is called before a copy in parts becomes visible, since its parts may take long. It throws to give the copy up. */
  beforeVisible?: () => Promise<unknown>;
}

export interface Made {
  etag: string;
  /** Names this copy alone. Absent in a bucket that keeps no versions, where the next write takes its place. */
  versionId?: string;
}

/** The place behind which a list goes on. Without a version, it goes on behind all versions of the key. */
export interface ListPlace {
  key: string;
  versionId?: string;
}

/**
 * The files of a bucket with all their versions, and copies inside the bucket. No byte of a file comes here. All methods
 * throw GatewayError files_unavailable.
 */
export interface VersionStore {
  /** Undefined if there is no such file, or no such version of it. */
  find(key: string, versionId?: string): Promise<FoundFile | undefined>;
  /**
   * Copies a file with its headers, and without its tags.
   * @returns undefined if the key has a file that must stay. In a bucket that keeps no versions, also if the source is
   *   another file by now
   * @throws GatewayError no_such_file if the source is gone; every error of `beforeVisible`
   */
  copy(copy: Copy): Promise<Made | undefined>;
  /** Hides a file behind a delete marker. In a bucket that keeps no versions, it deletes the file. */
  delete(key: string): Promise<void>;
  /**
   * The same for a file with this ETag.
   * @returns `missing` if there is no file; `replaced` if there is another one, which stays; otherwise the id of the delete
   *   marker. There is none in a bucket that keeps no versions, and none is known if an earlier answer was lost
   */
  deleteIfSame(key: string, etag: string): Promise<'missing' | 'replaced' | { markerId?: string }>;
  /** Deletes versions for ever, 1 to 1,000 at once. A version that is not there counts as deleted. */
  deleteVersions(versions: readonly Pick<Version, 'key' | 'versionId'>[]): Promise<void>;
  /** Up to 1,000 versions, in S3's order of keys (UTF-8 bytes), the newest of each key first. */
  listVersions(prefix: string, after?: ListPlace): Promise<{ versions: Version[]; next?: ListPlace }>;
}
