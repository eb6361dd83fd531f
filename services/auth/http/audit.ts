/** Every audit event: what happened, with the other members of its line. docs/operate.md has this list. */
export const AUDIT_EVENTS = {
  login: 'a sign-in',
  login_refused: 'a sign-in was refused: `code`, and `userId` if it was known before',
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
  share_opened: 'somebody opened the page of a share: `owner`, `share`, no `userId`',
  share_deleted: 'a share was ended: `share`',
  upload_asked: 'an upload was signed: `file`',
  thumbnail_asked: 'the upload of a thumbnail was signed: `file`',
  file_deleted: '`file`',
  file_moved: '`file`, `to`, `toOwner`; in the background also `move`, the id of the move',
  file_copied: 'as `file_moved`',
  file_restored: 'a file came back from the trash: `file`',
  version_restored: 'an older version is the file again: `file`',
  version_deleted: 'a version was deleted for ever: `file`',
  trash_emptied: 'all deleted files were deleted for ever',
  folder_made: '`file` is its name',
  team_made: '`team`',
  team_renamed: '`team`',
  team_deleted: '`team`, and `member` if an operator deleted the team',
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

export type AuditEvent = keyof typeof AUDIT_EVENTS;

/** The part of a pino logger that this needs. */
export interface AuditLog {
  info(details: object, message: string): void;
}

/** What a line may name: ids, never secrets. `file` and `to` are relative to their folders. */
export type AuditDetails = Partial<
  Record<
    | ('userId' | 'member' | 'owner' | 'toOwner' | 'team' | 'session' | 'invitation' | 'link' | 'move')
    | ('file' | 'to' | 'role' | 'code' | 'keyPairId'),
    string | undefined
  > &
    Record<'share' | 'sessions' | 'shares' | 'versions' | 'bytes' | 'keptBytes', number> &
    Record<'uploads' | 'records' | 'files', number>
>;

/**
 * Writes one line that says who did what. The line names people by id only, files by name, and shares by number. The
 * line of the request with the same `reqId` has the address.
 */
export function audit(log: AuditLog, event: AuditEvent, details: AuditDetails): void {
  log.info({ audit: true, event, ...details }, 'audit');
}
