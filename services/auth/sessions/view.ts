import { toInstant } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { folderPath } from '@cloudfront-cookie-gateway/core/file-name';
import { userOwner } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { type CookieWindow, refreshAtEpoch } from './session.ts';

/** What the browser library learns of a session and its cookies. Times are ISO 8601. */
export type SessionView = ReturnType<typeof sessionView>;

/** @param session.endsAtEpoch when the session ends, in epoch seconds */
export function sessionView(session: {
  user: { id: UserId; name?: string; email?: string };
  /** `types` may be uploaded, and all files together may have `maxBytes`. Without them, nothing is limited. */
  files: { origin: string; types?: string[]; maxBytes?: number };
  window: CookieWindow;
  endsAtEpoch: number;
  nowMs: number;
}) {
  const { user, files, window, endsAtEpoch, nowMs } = session;
  return {
    user,
    files: { ...files, prefix: folderPath(userOwner(user.id)) },
    cookies: shownWindow(window),
    session: { expiresAt: toInstant(endsAtEpoch) },
    serverTime: new Date(nowMs).toISOString(),
  };
}

export function shownWindow(window: CookieWindow) {
  return {
    issuedAt: toInstant(window.issuedAtEpoch),
    expiresAt: toInstant(window.expiresAtEpoch),
    refreshAt: toInstant(refreshAtEpoch(window)),
  };
}
