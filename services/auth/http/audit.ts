export type AuditEvent =
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
  | 'upload_asked'
  | 'thumbnail_asked'
  | 'file_deleted';

/** A logger of pino's, as far as it is needed. */
export interface AuditLog {
  info(details: object, message: string): void;
}

/**
 * One line that says who did what to what. Of people it holds ids alone, of files and shares their name and number; the
 * request's line, of the same `reqId`, has the address.
 * @param details.file relative to the user's folder
 */
export function audit(
  log: AuditLog,
  event: AuditEvent,
  details: {
    userId?: string;
    file?: string;
    share?: number;
    session?: string;
    code?: string;
    keyPairId?: string;
    /** How much was deleted or handed over, and its bytes. */
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
