import { defined } from '@cloudfront-cookie-gateway/core/defined';
import type { TeamId } from '@cloudfront-cookie-gateway/core/owner';
import { numberOfStart, STARTS_PER_NUMBER, teamStart } from '@cloudfront-cookie-gateway/core/team-start';
import { MARGIN_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import { higher, teamKeyOf, withRevokedKey, withRevokedTeamStarts, withTeamKey } from '../edge/entry.ts';
import type { TeamKey, UserRecord } from '../sessions/record.ts';
import type { Session } from '../sessions/session.ts';
import { withDueInTeams, withNothingDueIn } from './due.ts';
import { MAX_MEMBERSHIPS, type Membership, membershipOf } from './membership.ts';

/** A user gets at most this many new numbers within a day, since a deployment has 1.5 million of them. */
export const MAX_NEW_NUMBERS = 20;
const DAY_SECONDS = 24 * 60 * 60;
/**
 * The most open keys of teams that a user has left, 65 bytes each in the record. A user who leaves all teams at once has so
 * many. A user who leaves more, such as a thief who makes teams and deletes them, leaves the number with them.
 */
export const MAX_KEYS_OF_TEAMS = MAX_MEMBERSHIPS;
/**
 * The most open keys of numbers. A key is open for a day and some minutes, and in two days a user gets 40 new numbers. So
 * this bound counts only while the edge cannot be told.
 */
export const MAX_KEYS_OF_NUMBERS = 50;

/**
 * The record with a membership, or with another role in it. The edge may still refuse the present number in this team,
 * because the user has left it a while ago. Then the sessions get starts of a new number when they open a team next. The
 * cookies from before stay refused.
 */
export function withMembership(user: UserRecord, membership: Membership, nowEpoch: number): UserRecord {
  const { teamId } = membership;
  const memberships = membershipOf(user, teamId)
    ? user.memberships.map((each) =>
        each.teamId === teamId ? { ...defined({ place: each.place }), ...membership } : each,
      )
    : [...user.memberships, membership];
  const member = { ...user, memberships };
  const isLeft = user.teamKeys.some((key) => key.teamId === teamId && key.number === user.teamNumber?.number);
  return isLeft ? withNumberLeft(member, nowEpoch) : member;
}

/**
 * The record without a membership. The edge refuses all starts of the number in this team, since each of them may have
 * been signed for it. If too many such keys are open, the number is left, which needs one key for all its teams. Before
 * the first start was given, nothing was signed. If people made the team, its item has ended before what the user made
 * there. In a team of the provider, that is due.
 */
export function withoutMembership(user: UserRecord, teamId: TeamId, nowEpoch: number): UserRecord {
  const { teamNumber } = user;
  const membership = membershipOf(user, teamId);
  if (!membership) return user;
  const others = { ...user, memberships: user.memberships.filter((each) => each.teamId !== teamId) };
  const left =
    membership.kind === 'made'
      ? withNothingDueIn(others, teamId)
      : withDueInTeams(others, [teamId], nowEpoch);
  if (!teamNumber) return left;
  return keysOfTeams(user).length < MAX_KEYS_OF_TEAMS
    ? withRevokedKey(left, { number: teamNumber.number, teamId }, nowEpoch)
    : withNumberLeft(left, nowEpoch);
}

function keysOfTeams({ teamKeys }: UserRecord): TeamKey[] {
  return teamKeys.filter((key) => key.teamId !== undefined);
}

/** The start to sign for a session, if it needs no new one. */
export function teamStartOf(user: UserRecord, session: Session): number | undefined {
  const { teamNumber } = user;
  const start = session.teamStart;
  if (!teamNumber || start === undefined) return undefined;
  return start <= teamKeyOf(user, { number: teamNumber.number }).floor.through ? undefined : start;
}

/**
 * Gives a session a free team start, which it has in all its teams. The start that it had is revoked in the same write.
 * @param newNumber the number to go on with if the present one has no free start. The present one is left
 * @returns undefined if a new number is needed
 */
export function withTeamStart(
  user: UserRecord,
  session: Session,
  newNumber: number | undefined,
  nowEpoch: number,
): UserRecord | undefined {
  const n = firstFree(user);
  if (user.teamNumber && n !== undefined) {
    const { number, given } = user.teamNumber;
    const teamNumber = { number, given: Math.max(given, n + 1) };
    const sessions = user.sessions.map((each) =>
      each.id === session.id ? { ...each, teamStart: teamStart(number, n) } : each,
    );
    return withTeamStartsRevoked({ ...user, teamNumber, sessions }, [session], nowEpoch);
  }
  if (newNumber === undefined) return undefined;
  const begun = {
    ...withNewNumber(withNumberLeft(user, nowEpoch), nowEpoch),
    teamNumber: { number: newNumber, given: 0 },
  };
  const { teamStart: _left, ...again } = session;
  return withTeamStart(begun, again, undefined, nowEpoch);
}

/** The last number whose starts are all past on every clock. */
export function lastNumber(nowEpoch: number): number {
  return numberOfStart(nowEpoch - MARGIN_SECONDS + 1) - 1;
}

/** Whether the user may get one more new number now. */
export function mayHaveNewNumber(user: UserRecord, nowEpoch: number): boolean {
  const keysOfNumbers = user.teamKeys.length - keysOfTeams(user).length;
  return newNumbersOfDay(user, nowEpoch).length < MAX_NEW_NUMBERS && keysOfNumbers < MAX_KEYS_OF_NUMBERS;
}

/** The record after the user got a new number, which may be for something else than the user's own team starts. */
export function withNewNumber(user: UserRecord, nowEpoch: number): UserRecord {
  return { ...user, newNumbersAtEpoch: [...newNumbersOfDay(user, nowEpoch), nowEpoch] };
}

function newNumbersOfDay(user: UserRecord, nowEpoch: number): number[] {
  return user.newNumbersAtEpoch.filter((atEpoch) => atEpoch > nowEpoch - DAY_SECONDS);
}

/**
 * Revokes the team starts of sessions that end, or that have new ones. A session has a start of the present number, or
 * none.
 */
export function withTeamStartsRevoked(
  user: UserRecord,
  sessions: readonly Session[],
  nowEpoch: number,
): UserRecord {
  const starts = sessions.flatMap(({ teamStart: start }) => start ?? []);
  if (!user.teamNumber || starts.length === 0) return user;
  return withRevokedTeamStarts(user, user.teamNumber.number, starts, nowEpoch);
}

/**
 * Revokes every team start of the present number that was ever given. Starts above the highest one that a session has
 * now were given too, and their cookies may still live.
 */
export function withAllTeamStartsRevoked(user: UserRecord, nowEpoch: number): UserRecord {
  if (!user.teamNumber || user.teamNumber.given === 0) return user;
  const { number, given } = user.teamNumber;
  const through = teamStart(number, given - 1);
  return withTeamKey(
    user,
    { number },
    ({ floor, singles }) => ({ floor: higher(floor, { through }), singles }),
    nowEpoch,
  );
}

/**
 * Leaves the present number, if there is one. All its starts are refused in every team. Sessions get starts of the next
 * number when they open or renew a team.
 */
export function withNumberLeft(user: UserRecord, nowEpoch: number): UserRecord {
  const { teamNumber } = user;
  if (!teamNumber) return user;
  const sessions = user.sessions.map(({ teamStart: _left, ...session }) => session);
  return withRevokedKey(
    { ...user, sessions, teamNumber: undefined },
    { number: teamNumber.number },
    nowEpoch,
  );
}

/**
 * The first `n` of the present number that no session of the record has, and that no entry of the edge may still
 * refuse. Its former session's cookies have all expired, since none of them outlives its session.
 */
function firstFree(user: UserRecord): number | undefined {
  if (!user.teamNumber) return undefined;
  const { number } = user.teamNumber;
  const { floor, singles } = teamKeyOf(user, { number });
  const taken = new Set([
    ...user.sessions.map((session) => session.teamStart),
    ...singles.map((single) => single.number),
  ]);
  for (let n = 0; n < STARTS_PER_NUMBER; n++) {
    const start = teamStart(number, n);
    if (start > floor.through && !taken.has(start)) return n;
  }
  return undefined;
}
