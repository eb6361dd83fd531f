import { nowEpoch } from '../../../core/epoch-seconds.ts';
import { GatewayError } from '../../../core/errors.ts';
import type { UserId } from '../../../core/user-id.ts';
import { withAllEnded, withoutSessions } from '../domain/live-sessions.ts';
import { hashToken, isIssued, issueToken, parseToken } from '../domain/secret-token.ts';
import type { KnownUser, UserRecord } from '../domain/user-record.ts';
import { changeRecord } from '../records/change-record.ts';
import type { Told } from '../revocations/edge-teller.ts';
import { openTokens } from './sealed-tokens.ts';
import type { CurrentSession, SessionDeps } from './session-deps.ts';

/** The one-time address that leads to the provider lives as long as a browser needs to follow it. */
const TICKET_SECONDS = 60;

export type EndDeps = Pick<SessionDeps, 'users' | 'tokens' | 'teller' | 'clock'>;
type TicketDeps = Pick<SessionDeps, 'tokens' | 'tokenMac' | 'clock'>;

/** The record is already written. Later steps never fail. */
export interface EndedSession {
  edge: Promise<Told>;
  /**
   * Good for the session's ID token, once. Undefined if there is no ID token, or the store could not make the ticket.
   */
  ticket: Promise<string | undefined>;
}

/** A session ends: one write of the user's record; then the edge is told. Calling it again is harmless. */
export async function endSession(deps: EndDeps & TicketDeps, current: CurrentSession): Promise<EndedSession> {
  const { userId, session, known } = current;
  const isIt = ({ id }: { id: string }) => id === session.id;
  const change = (before: UserRecord) => withoutSessions(before, isIt, nowEpoch(deps));
  const user = await changeRecord(deps, userId, change, known);
  return { edge: deps.teller.tell(userId, user), ticket: makeTicket(deps, session.id) };
}

/**
 * Ends every session and every share of a user. The edge also refuses cookies that were made without a session.
 * @param leaving the session that asks for this, if any: it gets a ticket
 */
export async function endAllSessions(
  deps: EndDeps,
  userId: UserId,
  leaving?: { current: CurrentSession; deps: TicketDeps },
): Promise<EndedSession> {
  const current = leaving?.current;
  let others: string[] = [];
  const change = (before: UserRecord) => {
    others = before.sessions.map(({ id }) => id).filter((id) => id !== current?.session.id);
    return withAllEnded(before, nowEpoch(deps));
  };
  const user = await changeRecord(deps, userId, change, current?.known);
  const dropped = Promise.all(others.map((id) => dropTokens(deps, id)));
  const edge = deps.teller.tell(userId, user);
  const ticket = leaving ? makeTicket(leaving.deps, leaving.current.session.id) : Promise.resolve(undefined);
  return { edge: dropped.then(() => edge), ticket };
}

/**
 * Ends one session of a user, by its id.
 * @returns undefined if there is no such session
 */
export async function endSessionById(
  deps: EndDeps,
  userId: UserId,
  id: string,
  known?: KnownUser,
): Promise<{ edge: Promise<Told> } | undefined> {
  let isThere = false;
  const change = (before: UserRecord) => {
    const without = withoutSessions(before, (session) => session.id === id, nowEpoch(deps));
    isThere ||= without !== undefined;
    return without;
  };
  const user = await changeRecord(deps, userId, change, known);
  if (!isThere) return undefined;
  const dropped = dropTokens(deps, id);
  const edge = deps.teller.tell(userId, user);
  return { edge: dropped.then(() => edge) };
}

/**
 * Gives the ID token of an ended session to the first caller with its ticket, within a minute.
 * @throws GatewayError bad_request, without a look into the store, for a ticket that was never issued
 */
export async function takeTicket(deps: SessionDeps, ticket: string): Promise<string | undefined> {
  const token = parseToken(ticket);
  if (!token || !isIssued(deps.tokenMac, 'ticket', token)) throw new GatewayError('bad_request');
  const sealed = await deps.tokens.take(token.name, hashToken(token.secret), nowEpoch(deps));
  return (await openTokens(deps, sealed))?.idToken;
}

/** The session has already ended. If this fails, only the way on to the provider is lost. */
async function makeTicket(deps: TicketDeps, sessionId: string): Promise<string | undefined> {
  const { token, hash } = issueToken(deps.tokenMac, 'ticket', sessionId);
  try {
    const isMade = await deps.tokens.turnIntoTicket(sessionId, hash, nowEpoch(deps) + TICKET_SECONDS);
    return isMade ? token : undefined;
  } catch {
    return undefined;
  }
}

/** The tokens open nothing here. If this fails, the table forgets them when the session would have expired. */
export async function dropTokens(deps: Pick<EndDeps, 'tokens'>, sessionId: string): Promise<void> {
  await deps.tokens.delete(sessionId).catch(() => {});
}
