import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { beginSession } from './begin.ts';
import { endAllSessions, endSession, endSessionById } from './end.ts';
import { endByProvider } from './ended-by-provider.ts';
import { findKeptSession, findSession } from './live.ts';
import { createNewNumbers } from './new-numbers.ts';
import { takeTicket } from './provider-tokens.ts';
import type { RecheckListener } from './recheck.ts';
import { openTeam, renewSession } from './renew.ts';
import { hashToken, isIssued } from './secret-token.ts';
import { isLive, type Session, type SessionToken } from './session.ts';
import type { CurrentSession, SessionDeps } from './session-deps.ts';

export type Sessions = ReturnType<typeof createSessions>;

/**
 * Sessions of users. Each change of a session is one conditional write of its user's record. All methods throw
 * GatewayError store_unavailable. All that write throw clock_wrong.
 */
export function createSessions(deps: SessionDeps) {
  const newNumbers = createNewNumbers();
  return {
    /**
     * The live session that a cookie or an access token names. It costs one read, and none for a token that was never
     * issued.
     * @throws GatewayError clock_wrong if the session is over by a wrong clock
     */
    async find(token: SessionToken | undefined): Promise<CurrentSession | undefined> {
      const kept = await findKept(deps, token);
      if (kept && findSession(kept.known.user, kept.session.tokenHash, kept.readAtEpoch)) return kept;
      // A wrong clock must not make a live session look like one that is over.
      if (kept) deps.clockGuard.check();
      return undefined;
    },
    /** The same session, to end it. It may be over by this clock, and not by another one. */
    findToEnd: findKept.bind(undefined, deps),
    begin: beginSession.bind(undefined, deps),
    renew: (current: CurrentSession, isBackground: boolean, listener?: RecheckListener) =>
      renewSession(deps, current, { isBackground }, listener),
    openTeam: openTeam.bind(undefined, { ...deps, newNumbers }),
    end: endSession.bind(undefined, deps),
    endAll: (userId: UserId, current?: CurrentSession) =>
      endAllSessions(deps, userId, current && { current, deps }),
    endById: endSessionById.bind(undefined, deps),
    endByProvider: endByProvider.bind(undefined, deps),
    takeTicket: takeTicket.bind(undefined, deps),
  };
}

async function findKept(
  deps: SessionDeps,
  token: SessionToken | undefined,
): Promise<CurrentSession | undefined> {
  if (!token) return undefined;
  const kind = token.isBearer ? 'bearer' : 'session';
  if (!isIssued(deps.tokenMac, kind, { name: token.userId, ...token })) return undefined;
  const readAtEpoch = nowEpoch(deps);
  const known = await deps.users.read(token.userId);
  const session = findKeptSession(known.user, hashToken(token.secret));
  return session && { userId: token.userId, session, known, readAtEpoch };
}

/** The live sessions of a list, the newest first. */
export function liveSessions(sessions: readonly Session[], nowEpoch: number): Session[] {
  return sessions.filter((session) => isLive(session, nowEpoch)).toSorted((a, b) => b.start - a.start);
}
