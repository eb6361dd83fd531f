import { ERRORS, type ErrorCode } from '@cloudfront-cookie-gateway/core/errors';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import * as Type from 'typebox';

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

const Code = Type.Unsafe<ErrorCode>(Type.Enum(Object.keys(ERRORS)));
const copied = { name: Type.String(), size: Type.Integer(), etag: Type.String() };
/** The id of a delete marker stands for the file that the marker hides. */
const NamedVersion = Type.Object({ name: Type.String(), versionId: Type.String() });
const Instant = Type.String({ description: 'ISO 8601' });

/** What the mover answers, by its operation. Sizes are in bytes. */
export const MOVER_ANSWERS = {
  /** `name` is that in the folder that it was copied into. */
  copy: Type.Object(copied),
  /** `sharesEnded` are those of the old name; `edge` says whether the edge knows of it. */
  move: Type.Object({
    ...{ ...copied, sharesEnded: Type.Integer() },
    edge: Type.Union([Type.Literal('told'), Type.Literal('pending')]),
  }),
  trash: Type.Object({
    files: Type.Array(
      Type.Object({
        ...NamedVersion.properties,
        /** When it was deleted, or replaced by another file that took its name. */
        ...{ size: Type.Integer(), deletedAt: Instant, isReplaced: Type.Boolean() },
      }),
    ),
    cursor: Type.Optional(Type.String()),
  }),
  versions: Type.Object({
    versions: Type.Array(
      Type.Object({
        ...{ versionId: Type.String(), size: Type.Integer(), etag: Type.String() },
        ...{ lastModified: Instant, isCurrent: Type.Boolean() },
      }),
    ),
  }),
  restore: Type.Object(copied),
  restore_many: Type.Object({
    restored: Type.Array(NamedVersion),
    failed: Type.Array(Type.Object({ ...NamedVersion.properties, code: Code })),
  }),
  delete_version: Type.Null(),
  empty_trash: Type.Object({ isEmpty: Type.Boolean() }),
  count: Type.Object({ bytes: Type.Integer(), keptBytes: Type.Integer(), files: Type.Integer() }),
};
export const MOVER_FAILURE = Type.Object({
  ...{ code: Code, detail: Type.String() },
  members: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
});

export type MoverAnswer<Operation extends keyof typeof MOVER_ANSWERS> = Type.Static<
  (typeof MOVER_ANSWERS)[Operation]
>;
export type CopiedFile = MoverAnswer<'copy'>;
export type MovedFile = MoverAnswer<'move'>;
export type TrashedFile = MoverAnswer<'trash'>['files'][number];
export type NamedVersion = Type.Static<typeof NamedVersion>;

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
  trash(request: FolderRequest & { cursor?: string | undefined }): Promise<MoverAnswer<'trash'>>;
  /** The versions of a name, the newest first. None if there is no such file. */
  versions(request: FolderRequest & { name: string }): Promise<MoverAnswer<'versions'>>;
  /** @throws GatewayError invalid_name, no_such_file, file_exists, quota_exceeded */
  restore(request: FolderRequest & NamedVersion & { replace?: boolean }): Promise<CopiedFile>;
  /** Restores what it can. */
  restoreMany(request: FolderRequest & { files: NamedVersion[] }): Promise<MoverAnswer<'restore_many'>>;
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
  count(owner: Owner): Promise<MoverAnswer<'count'>>;
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
