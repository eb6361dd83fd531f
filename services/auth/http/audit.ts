import type { Uploader } from '../domain/file-ports.ts';

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

type AuditEvent = keyof typeof AUDIT_EVENTS;

/** The part of a pino logger that this needs. */
export interface AuditLog {
  info(details: object, message: string): void;
}

/** Who did something in a folder, and whose folder it is if that is a team's. */
export function whoIn({ userId, owner }: Uploader): { userId: string; team?: string } {
  return { userId, ...(owner.kind === 'team' ? { team: owner.id } : {}) };
}

interface OfUser {
  userId: string;
}
interface OfTeam extends OfUser {
  team: string;
}
/** `team` if the folder is a team's. */
interface InFolder extends OfUser {
  team?: string;
}
interface OfFile extends InFolder {
  /** Relative to the folder. */
  file: string;
}
/** `toOwner` is whose folder has the new name. `move` is the id of what goes on after the answer. */
interface Moved extends OfFile {
  to: string;
  toOwner: string;
  move?: string;
}
interface OfSession extends OfUser {
  session: string;
}
/** The id of an invitation, never its secret. */
interface OfInvitation extends OfTeam {
  invitation: string;
}
/** The id of a link, never its secret. */
interface OfLink {
  team: string;
  link: string;
}
/** Whose membership was changed. */
interface OfMember extends OfTeam {
  member: string;
}
/** What the command of an operator does too, which names no `userId`. */
type Operable<T> = T | Omit<T, 'userId'>;
/** How many were deleted or released, and their bytes. */
type Counts<K extends string> = OfUser & Record<K, number>;

/** The other members of each event's line. The compiler refuses a line that lacks one. */
interface AuditDetails extends Record<AuditEvent, object> {
  login: OfUser;
  login_refused: { code: string; userId: string | undefined };
  logout: OfUser;
  logout_all: OfUser;
  backchannel_logout: OfUser;
  session_ended: OfSession;
  ended_at_recheck: OfSession & { code: string };
  revoked: OfUser;
  forget_begun: OfUser;
  forgotten: Counts<'sessions' | 'shares' | 'versions' | 'bytes' | 'uploads' | 'records'>;
  released: Counts<'files' | 'bytes' | 'keptBytes'>;
  signing_key: { keyPairId: string };
  share_created: OfFile & { share: number };
  share_opened: { owner: string; share: number };
  share_deleted: InFolder & { share: number };
  upload_asked: OfFile | (OfLink & { file: string });
  thumbnail_asked: OfFile;
  file_deleted: OfFile;
  file_moved: Moved;
  file_copied: Moved;
  file_restored: OfFile;
  version_restored: OfFile;
  version_deleted: OfFile;
  trash_emptied: InFolder;
  folder_made: OfFile;
  team_made: OfTeam;
  team_renamed: OfTeam;
  team_deleted: OfTeam | Omit<OfMember, 'userId'>;
  invitation_made: OfInvitation & { role: string };
  invitation_ended: OfInvitation;
  invitation_accepted: OfTeam & { role: string };
  role_changed: Operable<OfMember & { role: string }>;
  member_removed: Operable<OfMember>;
  member_left: OfMember;
  link_made: OfTeam & OfLink & { role: string };
  link_changed: OfTeam & OfLink;
  link_ended: Operable<OfTeam & OfLink>;
  link_opened: OfLink & { role: string };
  link_refused: Partial<OfLink> & { code: string };
}

/**
 * Writes one line that says who did what. The line names people by id only, files by name, and shares by number. The
 * line of the request with the same `reqId` has the address.
 */
export function audit<E extends AuditEvent>(log: AuditLog, event: E, details: AuditDetails[E]): void {
  log.info({ audit: true, event, ...details }, 'audit');
}
