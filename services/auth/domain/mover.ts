import type { ErrorCode } from '@cloudfront-cookie-gateway/core/errors';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';

/** A name in somebody's folder. */
export interface OwnedName {
  owner: Owner;
  name: string;
}

export interface CopyRequest {
  /** The value of the session cookie. */
  token: string;
  from: OwnedName;
  to: OwnedName;
  /** The copy may take the place of another file. */
  replace?: boolean | undefined;
}

export interface CopiedFile {
  /** The name in the folder that it was copied into. */
  name: string;
  /** Bytes. */
  size: number;
  etag: string;
}

export interface MovedFile extends CopiedFile {
  /** How many shares of the old name have ended, and whether the edge knows of it. */
  sharesEnded: number;
  edge: 'told' | 'pending';
}

export interface TrashedFile {
  name: string;
  versionId: string;
  /** Bytes. */
  size: number;
  /** When it was deleted or replaced. */
  deletedAt: Date;
  /** Whether another file took its name. Otherwise it was deleted. */
  isReplaced: boolean;
}

export interface FileVersion {
  versionId: string;
  /** Bytes. */
  size: number;
  etag: string;
  lastModified: Date;
  isCurrent: boolean;
}

/** A version of a name. The id of a delete marker stands for the file that the marker hides. */
export interface NamedVersion {
  name: string;
  versionId: string;
}

/** Whose folder a request is about, and who asks. */
export interface FolderRequest {
  token: string;
  owner: Owner;
}

/**
 * The part of the system that reads files, and lists and deletes versions. It checks the session and the roles itself.
 * All methods throw GatewayError no_session, account_changed, no_such_team and role_too_low of that check,
 * files_unavailable, store_unavailable and clock_wrong.
 */
export interface Mover {
  /** @throws GatewayError invalid_name, no_such_file, file_exists, quota_exceeded */
  copy(request: CopyRequest): Promise<CopiedFile>;
  /** @throws GatewayError as `copy` */
  move(request: CopyRequest): Promise<MovedFile>;
  /** Asks for a copy or a move that goes on after this. Its record says how it ends. */
  begin(operation: 'copy' | 'move', request: CopyRequest & { id: string }): Promise<void>;
  /** A page of what was deleted or replaced, in S3's order. A page may be empty although others follow. */
  trash(
    request: FolderRequest & { cursor?: string | undefined },
  ): Promise<{ files: TrashedFile[]; cursor?: string | undefined }>;
  /** The versions of a name, the newest first. None if there is no such file. */
  versions(request: FolderRequest & { name: string }): Promise<FileVersion[]>;
  /** @throws GatewayError invalid_name, no_such_file, file_exists, quota_exceeded */
  restore(request: FolderRequest & NamedVersion & { replace?: boolean }): Promise<CopiedFile>;
  /** Restores what it can. */
  restoreMany(
    request: FolderRequest & { files: NamedVersion[] },
  ): Promise<{ restored: NamedVersion[]; failed: (NamedVersion & { code: ErrorCode })[] }>;
  /**
   * Deletes a version for ever. One that is not there is deleted already.
   * @throws GatewayError invalid_name; no_such_file for the current version
   */
  deleteVersion(request: FolderRequest & NamedVersion): Promise<void>;
  /**
   * Permanently deletes what was deleted before a moment of S3's clock. What is left when its time is over is deleted
   * after the answer.
   */
  emptyTrash(request: FolderRequest & { before: Date }): Promise<void>;
  /** Counts a folder with all versions. It needs no session, since uploads by a link have none. */
  count(owner: Owner): Promise<{ bytes: number; keptBytes: number; files: number }>;
}

/** A copy or a move that goes on after the answer. */
export interface MoveRecord {
  /** Who began it, and from which folder. Nobody else may ask for it. */
  userId: UserId;
  from: Owner;
  startedAtEpoch: number;
  /** How it ended. Absent while it goes on. */
  end?: MoveEnd;
}

/** The new name, or why both files are left as they were. */
export type MoveEnd = { state: 'done'; name: string } | { state: 'failed'; code: ErrorCode };

/** The most copies and moves of one user that go on in the background. Each may hold a function for 15 minutes. */
export const MAX_MOVES = 20;

/** Lambda tries an event three times, for 15 minutes each. Whatever has not ended by then will not. */
const LONGEST_SECONDS = 60 * 60;

/** How a copy or a move stands. */
export function moveState(
  { startedAtEpoch, end }: MoveRecord,
  nowEpoch: number,
): MoveEnd | { state: 'moving' } {
  if (end) return end;
  const isLost = startedAtEpoch + LONGEST_SECONDS < nowEpoch;
  return isLost ? { state: 'failed', code: 'timed_out' } : { state: 'moving' };
}
