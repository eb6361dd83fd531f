import type { UserId } from '../../../../../core/user-id.ts';
import { isSignedOut, isSuperseded } from '../../../../../services/auth/edge/entry.ts';
import { findSession } from '../../../../../services/auth/sessions/live.ts';
import type { UserRecord } from '../../../../../services/auth/sessions/record.ts';
import { isLive, type Session } from '../../../../../services/auth/sessions/session.ts';
import { membershipOf } from '../../../../../services/auth/teams/membership.ts';
import type { MemoryStores } from '../memory-stores.ts';
import type { Drift, VirtualTime } from './virtual-time.ts';
import { createEdgeWatch, type EdgeWatch } from './watch-edge.ts';
import { createLinkWatch, type LinkWatch } from './watch-links.ts';
import { createTeamWatch, type TeamWatch } from './watch-team.ts';

/**
 * A mark of the provider is kept for a day. The provider gives no ID token for a session that it ended this long ago.
 */
const MARK_SECONDS = 20 * 60 * 60;

/** The clock of a process is wrong by this much at most. */
export const MAX_DRIFT_SECONDS = 60;

type IsEnding = (session: Session, userId: UserId) => boolean;

export interface Ending {
  /** From now on no such session may authenticate. */
  answered(): void;
}

export interface Watch extends EdgeWatch, TeamWatch, LinkWatch {
  problems: string[];
  /** A number for this moment. Later moments have greater numbers. */
  moment(): number;
  onRecord(userId: UserId, before: UserRecord, after: UserRecord): void;
  /** An operation begins to end sessions. Only these may go, and all of these must be gone once it is answered. */
  ends(isEnding: IsEnding): Ending;
  /** A read that began at this moment says that the session is live. */
  finds(session: Session, userId: UserId, moment: number): void;
  /** Every session that the provider ended must be over, even if nobody got an answer. */
  checkMarks(): void;
}

/**
 * Compares everything that happens with the promises.
 * @param edgeDrift the clock of the edge
 */
export function createWatch(time: VirtualTime, memory: MemoryStores, edgeDrift: Drift): Watch {
  const problems: string[] = [];
  const endings: { isEnding: IsEnding; answeredAt?: { moment: number; epoch: number } }[] = [];
  const ownerOfStart = new Map<string, string>();
  const gone = new Set<string>();
  const users = new Set<UserId>();
  let moments = 0;
  const moment = () => ++moments;

  const problem = (text: string): void => {
    problems.push(text);
  };

  function isPromisedGone(session: Session, userId: UserId, sinceMoment: number): boolean {
    return endings.some(
      ({ isEnding, answeredAt }) =>
        answeredAt !== undefined &&
        answeredAt.moment < sinceMoment &&
        session.issuedAtEpoch < answeredAt.epoch + MARK_SECONDS &&
        isEnding(session, userId),
    );
  }

  function checkGone(userId: UserId, user: UserRecord): void {
    for (const session of user.sessions) {
      if (!findSession(user, session.tokenHash, time.nowEpoch())) continue;
      if (isPromisedGone(session, userId, moments + 1)) problem(`${session.id} of ${userId} authenticates`);
    }
  }

  const edge = createEdgeWatch({ time, memory, edgeDrift, maxDriftSeconds: MAX_DRIFT_SECONDS }, problem);
  const team = createTeamWatch({ memory, edge, moment }, problem);
  const links = createLinkWatch({ memory, time, edge, moment, maxDriftSeconds: MAX_DRIFT_SECONDS }, problem);

  return {
    ...edge,
    ...team,
    ...links,
    problems,
    moment,

    onRecord(userId, before, after) {
      users.add(userId);
      const [old, young] = [before, after].map(
        ({ sessions }) => new Map(sessions.map((session) => [session.id, session])),
      );
      for (const [id, session] of young ?? []) {
        const place = `${userId} ${session.start}`;
        const owner = ownerOfStart.get(place) ?? id;
        if (owner !== id) problem(`${owner} and ${id} have one start: ${place}`);
        ownerOfStart.set(place, id);
        if (gone.has(id)) problem(`${id} of ${userId} came back`);
        const was = old?.get(id);
        if (was && was.start !== session.start && !isSuperseded(before, was.start)) {
          problem(`${id} of ${userId} has another start, and was not superseded`);
        }
      }
      const teamStarts = after.sessions.flatMap(({ teamStart }) => teamStart ?? []);
      if (new Set(teamStarts).size < teamStarts.length)
        problem(`two sessions of ${userId} have one team start`);
      for (const [id, session] of old ?? []) {
        if (young?.has(id)) continue;
        gone.add(id);
        const isDone = !isLive(session, time.nowEpoch() + MAX_DRIFT_SECONDS);
        const isRevoked =
          isSignedOut(after, session.start) ||
          isSuperseded(after, session.start) ||
          after.revokedStarts.some(({ number }) => number === session.start);
        if (isDone && !isRevoked) {
          edge.expired(userId, session.start);
          if (session.teamStart !== undefined) edge.teamExpired(userId, session.teamStart);
        }
        if (!isDone && !endings.some(({ isEnding }) => isEnding(session, userId))) {
          problem(`${id} of ${userId} ended, and nobody had asked for it`);
        }
      }
      const isOutEverywhere = after.signedOut.through > before.signedOut.through;
      for (const { teamId } of before.memberships) {
        const book = memory.team(teamId)?.team;
        if (isOutEverywhere || !membershipOf(after, teamId)) edge.endsMadeIn(teamId, userId, book);
      }
      team.checkMember(userId);
      checkGone(userId, after);
    },

    ends(isEnding) {
      const ending: (typeof endings)[number] = { isEnding };
      endings.push(ending);
      return {
        answered() {
          ending.answeredAt = { moment: ++moments, epoch: time.nowEpoch() };
          for (const userId of users) checkGone(userId, memory.record(userId).user);
        },
      };
    },

    finds(session, userId, moment) {
      if (isPromisedGone(session, userId, moment)) problem(`${session.id} of ${userId} was found`);
    },

    checkMarks() {
      for (const { pointer, issuedAtEpoch } of memory.marks()) {
        const isEnded = (session: Session) =>
          pointer.kind === 'sid'
            ? session.sidHash === pointer.hash
            : session.subjectHash === pointer.hash &&
              session.issuedAtEpoch <= issuedAtEpoch &&
              (pointer.kind === 'sub' || session.sidHash === undefined);
        for (const userId of users) {
          for (const session of memory.record(userId).user.sessions.filter(isEnded)) {
            if (isLive(session, time.nowEpoch()))
              problem(`the provider ended ${session.id} of ${userId}, and it goes on`);
          }
        }
      }
    },
  };
}
