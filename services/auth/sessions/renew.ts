import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import {
  findSession,
  withChangedSession,
  withCookieLifetime,
  withRestartedSession,
} from '../domain/live-sessions.ts';
import { isOvertaken } from '../domain/revocation-entry.ts';
import { isTouchDue } from '../domain/session.ts';
import type { UserRecord } from '../domain/user-record.ts';
import { within } from '../domain/within.ts';
import { changeRecord } from '../records/change-record.ts';
import { type RecheckDeps, type RecheckListener, recheckSession } from './recheck.ts';
import type { CurrentSession, SessionDeps } from './session-deps.ts';

/**
 * The session for which cookies may be signed: normally as it was read. Every few minutes its use is written. A session
 * that was overtaken gets a new start.
 * @param isBackground no person acted, so the idle lifetime is not extended
 * @throws GatewayError no_session if the session has ended since, or the provider has ended it; too_many_logins;
 *   store_unavailable
 */
export async function renewSession(
  deps: RecheckDeps,
  current: CurrentSession,
  isBackground: boolean,
  listener?: RecheckListener,
): Promise<CurrentSession> {
  await recheckSession(deps, current, listener);
  const { userId, session, known, readAtEpoch } = current;
  const isTouched = !isBackground && isTouchDue(session, readAtEpoch);
  const mustWrite =
    isOvertaken(known.user, session.start) || known.user.longestCookieSeconds < deps.cookieLifetimeSeconds;
  if (!isTouched && !mustWrite) return current;

  const change = (user: UserRecord): UserRecord | undefined => {
    const now = nowEpoch(deps);
    const own = findSession(user, session.tokenHash, now);
    if (!own) throw new GatewayError('no_session');
    let changed = withCookieLifetime(user, deps.cookieLifetimeSeconds);
    if (isOvertaken(user, own.start)) {
      const restarted = withRestartedSession(changed, own, now);
      if (!restarted) throw new GatewayError('too_many_logins');
      changed = restarted;
    }
    if (!isBackground && isTouchDue(own, readAtEpoch)) {
      changed = withChangedSession(changed, own.id, { lastUsedAtEpoch: readAtEpoch });
    }
    return changed === user ? undefined : changed;
  };
  const writing = changeRecord(deps, userId, change, known);
  const user = mustWrite ? await writing : await inTime(deps, writing);
  if (!user) return current;
  const own = findSession(user, session.tokenHash, readAtEpoch);
  if (!own) throw new GatewayError('no_session');
  return { ...current, session: own };
}

/**
 * The record after the write, or undefined if the store is slow or down. The renewal then goes on with the session as
 * it was read: cookies never outlive the idle time of that session.
 */
async function inTime(
  { clock, limits }: SessionDeps,
  writing: Promise<UserRecord>,
): Promise<UserRecord | undefined> {
  const written = writing.catch((error: unknown) => {
    if (error instanceof GatewayError && error.code === 'no_session') throw error;
    return undefined;
  });
  return within(clock, limits.touchMs, written);
}
