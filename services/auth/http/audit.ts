import type { Uploader } from '../domain/file-ports.ts';

/** Every audit event: what happened, with the other members of its line. docs/operate.md has this table. */
export const AUDIT_EVENTS = {
  login: 'a sign-in',
  login_refused: 'a sign-in was refused: `code`. `userId` only if it was known before',
  logout: 'a sign-out',
  logout_all: 'a sign-out everywhere',
  backchannel_logout: 'a logout by the provider',
  session_ended: 'one session was ended by its user or an operator: `session`',
  ended_at_recheck: 'the provider no longer lets the session go on: `session`, `code`',
  revoked: 'an operator ended every session and share',
  forget_begun: 'an operator begins to delete a user',
  forgotten: 'a user is deleted: counts',
  restored: 'an operator ended all sessions, after a backup',
  released: 'an operator took the id from its owner: counts',
  signing_key: 'the service has started, and signs with `keyPairId`',
  share_created: 'a share: `share`, `file`',
  share_opened: 'a share was opened by its page, not by its user: `owner`, `share`',
  share_deleted: 'a share was ended: `share`',
  upload_asked: 'an upload was signed: `file`',
  thumbnail_asked: 'the upload of a thumbnail was signed: `file`',
  file_deleted: '`file`',
  file_moved: '`file`, `to`, `toOwner`; `move` in the background',
  file_copied: 'the same',
  file_restored: 'a file came back from the trash: `file`',
  version_restored: 'an older version is the file again: `file`',
  version_deleted: 'a version was deleted for ever: `file`',
  trash_emptied: 'all deleted files were deleted for ever',
  folder_made: '`file` is its name',
  team_made: '`team`',
  team_renamed: '`team`',
  team_deleted: '`team`',
  invitation_made: '`team`, `invitation`, `role`',
  invitation_ended: '`team`, `invitation`',
  invitation_accepted: '`team`, `role`',
  role_changed: '`team`, `member`, `role`',
  member_removed: '`team`, `member`',
  member_left: '`team`, `member`',
  link_made: '`team`, `link`, `role`',
  link_changed: '`team`, `link`',
  link_ended: '`team`, `link`',
  link_opened: 'a guest opened it: `team`, `link`, `role`',
  link_refused: 'a guest was refused: `code`, and `team` and `link` if they are known',
} as const;

type AuditEvent = keyof typeof AUDIT_EVENTS;

/** The part of a pino logger that this needs. */
export interface AuditLog {
  info(details: object, message: string): void;
}

/** Who did something in a folder, and whose folder it is if that is a team's. */
export function whoIn({ userId, owner }: Uploader): { userId: string; team?: string } {
  return { userId, ...(owner.kind === 'team' ? { team: owner.id } : {}) };
}

/**
 * Writes one line that says who did what. The line names people by id only, files by name, and shares by number. The
 * line of the request with the same `reqId` has the address.
 * @param details.file relative to the user's folder
 */
export function audit(
  log: AuditLog,
  event: AuditEvent,
  details: {
    userId?: string | undefined;
    team?: string;
    /** Whose membership was changed. */
    member?: string;
    role?: string;
    /** The id of an invitation, never its secret. */
    invitation?: string;
    /** The id of a link, never its secret. */
    link?: string;
    file?: string;
    /** The new name of a file, and whose folder has it. */
    to?: string;
    toOwner?: string;
    /** The id of a move that goes on after the answer. */
    move?: string;
    share?: number;
    /** Whose share it is, if whoever opens it has no account. */
    owner?: string;
    session?: string;
    code?: string;
    keyPairId?: string;
    /** How many were deleted or released, and their bytes. */
    sessions?: number;
    shares?: number;
    files?: number;
    versions?: number;
    bytes?: number;
    uploads?: number;
    records?: number;
  },
): void {
  log.info({ audit: true, event, ...details }, 'audit');
}
