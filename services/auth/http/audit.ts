import type { FastifyBaseLogger } from 'fastify';

export type AuditEvent =
  | 'login'
  | 'login_refused'
  | 'logout'
  | 'logout_all'
  | 'backchannel_logout'
  | 'signing_key'
  | 'share_created'
  | 'share_deleted'
  | 'file_deleted';

/** One line that says who did what. Of people it holds ids alone; the request's line, of the same `reqId`, has the address. */
export function audit(
  log: FastifyBaseLogger,
  event: AuditEvent,
  details: { userId?: string; name?: string; code?: string; keyPairId?: string },
): void {
  log.info({ audit: true, event, ...details }, 'audit');
}
