import { toInstant } from '../../../core/epoch-seconds.ts';
import { folderPath } from '../../../core/file-name.ts';
import type { UserId } from '../../../core/user-id.ts';
import { type CookieWindow, refreshAtEpoch } from './session.ts';

/** What the browser library learns of a session and its cookies. Times are ISO 8601. */
export interface SessionView {
  user: { id: UserId };
  files: { origin: string; prefix: string };
  cookies: { issuedAt: string; expiresAt: string; refreshAt: string };
  session: { expiresAt: string };
  serverTime: string;
}

/** @param session.endsAtEpoch when the session ends, in epoch seconds */
export function sessionView(session: {
  id: UserId;
  filesOrigin: string;
  window: CookieWindow;
  endsAtEpoch: number;
  nowMs: number;
}): SessionView {
  const { id, filesOrigin, window, endsAtEpoch, nowMs } = session;
  return {
    user: { id },
    files: { origin: filesOrigin, prefix: folderPath(id) },
    cookies: {
      issuedAt: toInstant(window.issuedAtEpoch),
      expiresAt: toInstant(window.expiresAtEpoch),
      refreshAt: toInstant(refreshAtEpoch(window)),
    },
    session: { expiresAt: toInstant(endsAtEpoch) },
    serverTime: new Date(nowMs).toISOString(),
  };
}
