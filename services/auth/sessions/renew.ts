import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';
import { isSuperseded } from '../edge/entry.ts';
import { within } from '../table/within.ts';
import { type Membership, requireMembership } from '../teams/membership.ts';
import { mayHaveNewNumber, teamStartOf, withTeamStart } from '../teams/starts.ts';
import { changeRecord } from './change-record.ts';
import { requireSession, withChangedSession, withCookieLifetime, withRestartedSession } from './live.ts';
import { type NewNumbers, nextNumber } from './new-numbers.ts';
import { type RecheckListener, recheckSession } from './recheck.ts';
import type { UserRecord } from './record.ts';
import { isTouchDue, type Session } from './session.ts';
import type { CurrentSession, SessionDeps } from './session-deps.ts';

/** What a write that nobody needs may find out, and what counts all the same. */
const ENDS: ErrorCode[] = ['no_session', 'no_such_team'];

export interface Renewal {
  /** No person acted, so the idle lifetime is not extended. */
  isBackground: boolean;
  /** The team that is to be open in the session. */
  teamId?: TeamId;
}

/** A team that is open in a session. */
export interface OpenTeam {
  current: CurrentSession;
  membership: Membership;
  /** What to sign as the start. */
  start: number;
}

/** The session, and the record that says so. */
interface Renewed {
  user: UserRecord;
  session: Session;
}

/**
 * The session for which cookies may be signed: normally as it was read. Every few minutes its use is written. A session
 * that was superseded gets a new start.
 * @throws GatewayError no_session if the session has ended since, or the provider has ended it; too_many_logins;
 *   store_unavailable
 */
export async function renewSession(
  deps: SessionDeps,
  current: CurrentSession,
  renewal: Renewal,
  listener?: RecheckListener,
): Promise<CurrentSession> {
  const asked = await recheckSession(deps, current, listener);
  const { session } = await renewed(deps, asked, renewal);
  return { ...asked, session };
}

/**
 * The same for the cookies of a team. A session without a good team start gets one in the write of its use. If the
 * user's number has no free start, the user gets a new number first.
 * @throws GatewayError as `renewSession`; no_such_team if the user does not belong to the team; too_many_requests after
 *   20 new numbers in a day; teams_full if no number is left
 */
export async function openTeam(
  deps: SessionDeps & { newNumbers: NewNumbers },
  found: CurrentSession,
  renewal: Renewal & { teamId: TeamId },
  listener?: RecheckListener,
): Promise<OpenTeam> {
  const current = await recheckSession(deps, found, listener);
  const inTeam = ({ user, session }: Renewed) => {
    const membership = requireMembership(user, renewal.teamId);
    const start = teamStartOf(user, session);
    return start === undefined ? undefined : { current: { ...current, session }, membership, start };
  };
  const first = await renewed(deps, current, renewal);
  const opened = inTeam(first) ?? inTeam(await renewedWithNewNumber(deps, current, renewal, first.user));
  // The user has used up the new number meanwhile.
  if (!opened) throw new GatewayError('store_unavailable');
  return opened;
}

/** @throws GatewayError as `renewed` does; too_many_requests, teams_full */
async function renewedWithNewNumber(
  deps: SessionDeps & { newNumbers: NewNumbers },
  current: CurrentSession,
  renewal: Renewal,
  user: UserRecord,
): Promise<Renewed> {
  requireFewNumbers(user, nowEpoch(deps));
  return deps.newNumbers.use(
    current.userId,
    () => nextNumber(deps),
    (number) => renewed(deps, current, renewal, number),
  );
}

/** @throws GatewayError too_many_requests */
function requireFewNumbers(user: UserRecord, nowEpoch: number): void {
  if (mayHaveNewNumber(user, nowEpoch)) return;
  throw new GatewayError('too_many_requests', {
    detail: 'Your teams were opened anew too often today. Try again tomorrow.',
  });
}

/** @param number the number to go on with if the present one has no free start. Without it, nothing is written then */
async function renewed(
  deps: SessionDeps,
  current: CurrentSession,
  renewal: Renewal,
  number?: number,
): Promise<Renewed> {
  const { userId, session, known, readAtEpoch } = current;
  const change = (user: UserRecord) => withRenewal(deps, { user, current, renewal, number });
  if (!change(known.user)) return { user: known.user, session };
  const writing = changeRecord(deps, userId, change, known);
  const user = mustChange(deps, current, renewal) ? await writing : await inTime(deps, writing);
  if (!user) return { user: known.user, session };
  return { user, session: requireSession(user, session.tokenHash, readAtEpoch) };
}

/** Whether nothing may be signed for the session as it was read. */
function mustChange(
  deps: SessionDeps,
  { session, known: { user } }: CurrentSession,
  { teamId }: Renewal,
): boolean {
  return (
    isSuperseded(user, session.start) ||
    user.longestCookieSeconds < deps.cookieLifetimeSeconds ||
    (teamId !== undefined && teamStartOf(user, session) === undefined)
  );
}

/** @throws GatewayError no_session, too_many_logins, no_such_team, too_many_requests */
function withRenewal(
  deps: SessionDeps,
  wanted: { user: UserRecord; current: CurrentSession; renewal: Renewal; number: number | undefined },
): UserRecord | undefined {
  const { user, current, renewal, number } = wanted;
  const { readAtEpoch, session } = current;
  const now = nowEpoch(deps);
  const own = requireSession(user, session.tokenHash, now);
  let changed = withCookieLifetime(user, deps.cookieLifetimeSeconds);
  if (isSuperseded(user, own.start)) {
    const restarted = withRestartedSession(changed, own, now);
    if (!restarted) throw new GatewayError('too_many_logins');
    changed = restarted;
  }
  if (renewal.teamId !== undefined) {
    requireMembership(user, renewal.teamId);
    const opened =
      teamStartOf(changed, own) === undefined ? withOpenTeams(changed, own, number, now) : changed;
    if (!opened) return undefined;
    changed = opened;
  }
  if (!renewal.isBackground && isTouchDue(own, readAtEpoch)) {
    changed = withChangedSession(changed, own.id, { lastUsedAtEpoch: readAtEpoch });
  }
  return changed === user ? undefined : changed;
}

/**
 * @returns undefined if a number is needed
 * @throws GatewayError too_many_requests
 */
function withOpenTeams(
  user: UserRecord,
  session: Session,
  number: number | undefined,
  nowEpoch: number,
): UserRecord | undefined {
  const opened = withTeamStart(user, session, number, nowEpoch);
  const isNew = opened !== undefined && opened.teamNumber?.number !== user.teamNumber?.number;
  if (isNew) requireFewNumbers(user, nowEpoch);
  return opened;
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
    if (error instanceof GatewayError && ENDS.includes(error.code)) throw error;
    return undefined;
  });
  return within(clock, limits.touchMs, written);
}
