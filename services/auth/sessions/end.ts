import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { Told } from '../edge/teller.ts';
import { endInTeams } from '../teams/end-in-teams.ts';
import { changeRecord } from './change-record.ts';
import { withAllEnded, withoutSessions } from './live.ts';
import { dropTokens, prepareTicket, type TicketDeps } from './provider-tokens.ts';
import type { KnownUser, UserRecord } from './record.ts';
import type { CurrentSession, SessionDeps } from './session-deps.ts';

export type EndDeps = Pick<SessionDeps, 'users' | 'teams' | 'tokens' | 'teller' | 'clock'>;

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
  const makeTicket = prepareTicket(deps, session.id);
  const user = await changeRecord(deps, userId, change, known);
  return { edge: deps.teller.tell(userId, user), ticket: makeTicket() };
}

export interface EndedEverywhere extends EndedSession {
  /**
   * The second step: ends the shares, links and invitations that the user made in teams. The schedule does what is left of
   * it.
   * @param isTelling whether the edge is told of them at once. A process that freezes after its answer leaves that to the
   *   schedule: a frozen holder of the lease would cost others a second
   * @returns `pending` if the edge does not know of all these shares and links yet
   * @throws GatewayError store_unavailable
   */
  endInTeams(isTelling: boolean): Promise<Told>;
}

/**
 * Ends every session and every share of a user. The edge also refuses cookies that were made without a session.
 * @param leaving the session that asks for this, if any: it gets a ticket
 */
export async function endAllSessions(
  deps: EndDeps,
  userId: UserId,
  leaving?: { current: CurrentSession; deps: TicketDeps },
): Promise<EndedEverywhere> {
  const current = leaving?.current;
  let others: string[] = [];
  const change = (before: UserRecord) => {
    others = before.sessions.map(({ id }) => id).filter((id) => id !== current?.session.id);
    return withAllEnded(before, nowEpoch(deps));
  };
  const makeTicket = leaving && prepareTicket(leaving.deps, leaving.current.session.id);
  const user = await changeRecord(deps, userId, change, current?.known);
  const dropped = Promise.all(others.map((id) => dropTokens(deps, id)));
  const edge = deps.teller.tell(userId, user);
  const ticket = makeTicket ? makeTicket() : Promise.resolve(undefined);
  return {
    edge: dropped.then(() => edge),
    ticket,
    async endInTeams(isTelling) {
      const { teams, failures } = await endInTeams(deps, userId);
      const telling = [...teams].map(([teamId, team]) =>
        isTelling ? deps.teller.tellTeam(teamId, team) : 'pending',
      );
      const told = await Promise.all(telling);
      if (failures.length > 0) throw failures[0];
      return told.includes('pending') ? 'pending' : 'told';
    },
  };
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
