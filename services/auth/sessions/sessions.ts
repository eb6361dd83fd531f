import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { findKeptSession, findSession } from '../domain/live-sessions.ts';
import type { LogoutToken } from '../domain/ports.ts';
import { hashToken, isIssued } from '../domain/secret-token.ts';
import { isLive, type Session, type SessionToken } from '../domain/session.ts';
import type { KnownUser } from '../domain/user-record.ts';
import type { Told } from '../revocations/edge-teller.ts';
import { type BegunSession, beginSession, type Login } from './begin.ts';
import {
  type EndedEverywhere,
  type EndedSession,
  endAllSessions,
  endSession,
  endSessionById,
} from './end.ts';
import { endByProvider } from './ended-by-provider.ts';
import { createNewNumbers } from './new-numbers.ts';
import { takeTicket } from './provider-tokens.ts';
import type { RecheckListener } from './recheck.ts';
import { createRecheckClaims } from './recheck-claims.ts';
import { type OpenTeam, openTeam, type Renewal, renewSession } from './renew.ts';
import type { CurrentSession, SessionDeps } from './session-deps.ts';

export type Sessions = ReturnType<typeof createSessions>;

/**
 * Sessions of users. All methods throw GatewayError store_unavailable. All that write throw clock_wrong. The use cases
 * of sessions. Each change of a session is one conditional write of its user's record.
 */
export function createSessions(deps: SessionDeps) {
  const claims = createRecheckClaims(deps.clock);
  const newNumbers = createNewNumbers();
  return {
    /**
     * The live session that a cookie or an access token names. It costs one read, and none for a token that was never issued.
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
    findToEnd: (token: SessionToken | undefined): Promise<CurrentSession | undefined> =>
      findKept(deps, token),
    begin: (login: Login): Promise<BegunSession> => beginSession(deps, login),
    renew: (
      current: CurrentSession,
      isBackground: boolean,
      listener?: RecheckListener,
    ): Promise<CurrentSession> => renewSession({ ...deps, claims }, current, { isBackground }, listener),
    /** Opens a team in a session, or renews it there. */
    openTeam: (
      current: CurrentSession,
      renewal: Renewal & { teamId: TeamId },
      listener?: RecheckListener,
    ): Promise<OpenTeam> => openTeam({ ...deps, claims, newNumbers }, current, renewal, listener),
    end: (current: CurrentSession): Promise<EndedSession> => endSession(deps, current),
    endAll: (userId: UserId, current?: CurrentSession): Promise<EndedEverywhere> =>
      endAllSessions(deps, userId, current && { current, deps }),
    endById: (userId: UserId, id: string, known?: KnownUser): Promise<{ edge: Promise<Told> } | undefined> =>
      endSessionById(deps, userId, id, known),
    endByProvider: (token: LogoutToken): Promise<UserId[]> => endByProvider(deps, token),
    takeTicket: (ticket: string): Promise<string | undefined> => takeTicket(deps, ticket),
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
