import type { Uploader } from '../domain/file-ports.ts';

type AuditEvent =
  | 'login'
  | 'login_refused'
  | 'logout'
  | 'logout_all'
  | 'backchannel_logout'
  | 'session_ended'
  | 'ended_at_recheck'
  | 'revoked'
  | 'forget_begun'
  | 'forgotten'
  | 'restored'
  | 'released'
  | 'signing_key'
  | 'share_created'
  | 'share_deleted'
  | 'share_opened'
  | 'upload_asked'
  | 'thumbnail_asked'
  | 'file_deleted'
  | 'file_moved'
  | 'file_copied'
  | 'file_restored'
  | 'version_restored'
  | 'version_deleted'
  | 'trash_emptied'
  | 'folder_made'
  | 'team_made'
  | 'team_renamed'
  | 'team_deleted'
  | 'invitation_made'
  | 'invitation_ended'
  | 'invitation_accepted'
  | 'role_changed'
  | 'member_removed'
  | 'member_left'
  | 'link_made'
  | 'link_changed'
  | 'link_ended'
  | 'link_opened'
  | 'link_refused';

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
