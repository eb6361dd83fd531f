import { isRevoked } from '../../../../../edge/function/revocation.ts';
import { findSession } from '../../../../../services/auth/domain/live-sessions.ts';
import { isDue, isOvertaken, isSignedOut } from '../../../../../services/auth/domain/revocation.ts';
import { isLive, type Session } from '../../../../../services/auth/domain/session.ts';
import type { UserId } from '../../../../../services/auth/domain/user-id.ts';
import type { UserRecord } from '../../../../../services/auth/domain/user-record.ts';
import type { MemoryStores } from '../memory-stores.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A provider's mark is kept for a day: it gives no ID token for a session that it ended as long ago as this. */
const MARK_SECONDS = 20 * 60 * 60;

type IsEnding = (session: Session, userId: UserId) => boolean;

/** What was signed, and opens a folder or a file until it expires. */
export interface Signed {
  userId: UserId;
  expiresAtEpoch: number;
  credential: { kind: 'folder'; start: number } | { kind: 'file'; share: number };
}

export interface Ending {
  /** From now on no such session may authenticate. */
  answered(): void;
}

export interface Watch {
  problems: string[];
  /** A number for this moment; later ones are greater. */
  moment(): number;
  onRecord(userId: UserId, before: UserRecord, after: UserRecord): void;
  onEntry(userId: UserId, before: string | undefined): void;
  /** Somebody begins to end sessions: only such may go, and once that is answered all such must have gone. */
  ends(isEnding: IsEnding): Ending;
  /** A read that began at that moment says that this session is live. */
  finds(session: Session, userId: UserId, moment: number): void;
  signs(signed: Signed): void;
  endsShare(userId: UserId, share: number): void;
  /** The edge is said to know of the end of whatever has gone. */
  told(userId: UserId, what: string, isIt: (signed: Signed) => boolean): void;
  /** Once all is quiet: the edge refuses what has ended, until it expires, and nothing else. */
  checkEdge(users: Iterable<UserId>): void;
  /** Whatever the provider has ended is over, also where nobody got an answer. */
  checkMarks(users: Iterable<UserId>): void;
  /** When what must be refused expires, in order. */
  expiries(): number[];
}

/** The promises, held against everything that happens. */
export function createWatch(time: VirtualTime, memory: () => MemoryStores): Watch {
  const problems: string[] = [];
  const endings: { isEnding: IsEnding; answeredAt?: { moment: number; epoch: number } }[] = [];
  const ownerOfStart = new Map<string, string>();
  const gone = new Set<string>();
  const endedShares = new Set<string>();
  const signed: Signed[] = [];
  let moments = 0;

  const problem = (text: string) => problems.push(text);

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

  /** Undefined where nothing is said either way. */
  function mustBeRefused({ userId, credential }: Signed): boolean | undefined {
    const { user } = memory().record(userId);
    if (credential.kind === 'file') {
      if (endedShares.has(`${userId} ${credential.share}`)) return true;
      return user.shares.some(({ number }) => number === credential.share) ? false : undefined;
    }
    const { start } = credential;
    const session = user.sessions.find((each) => each.start === start);
    if (!session || isSignedOut(user, start)) return true;
    return isOvertaken(user, start, time.nowEpoch()) || !isLive(session, time.nowEpoch()) ? undefined : false;
  }

  const describe = ({ userId, credential }: Signed) =>
    `${JSON.stringify(credential)} of ${userId}, now ${time.nowEpoch()}, entry ${memory().entry(userId)}`;
  const isRefused = ({ userId, credential }: Signed, entry = memory().entry(userId)) =>
    entry !== undefined && isRevoked(entry, credential);
  const isOpen = ({ expiresAtEpoch }: Signed) => expiresAtEpoch > time.nowEpoch();

  return {
    problems,
    moment: () => ++moments,

    onRecord(userId, before, after) {
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
        if (was && was.start !== session.start && !isOvertaken(before, was.start, 0)) {
          problem(`${id} of ${userId} has another start, and was not overtaken`);
        }
      }
      for (const [id, session] of old ?? []) {
        if (young?.has(id)) continue;
        gone.add(id);
        const isDone = !isLive(session, time.nowEpoch());
        if (!isDone && !endings.some(({ isEnding }) => isEnding(session, userId))) {
          problem(`${id} of ${userId} ended, and nobody had asked for it`);
        }
      }
      checkGone(userId, after);
    },

    onEntry(userId, before) {
      if (before === undefined) return;
      for (const each of signed.filter((one) => one.userId === userId && isOpen(one))) {
        if (isRefused(each, before) && !isRefused(each) && mustBeRefused(each)) {
          problem(`forgotten at the edge before it expired: ${describe(each)}`);
        }
      }
    },

    ends(isEnding) {
      const ending: (typeof endings)[number] = { isEnding };
      endings.push(ending);
      return {
        answered() {
          ending.answeredAt = { moment: ++moments, epoch: time.nowEpoch() };
          for (const userId of new Set([...ownerOfStart.keys()].map((place) => place.split(' ')[0]))) {
            const [known] = signed.filter((each) => each.userId === userId);
            if (known) checkGone(known.userId, memory().record(known.userId).user);
          }
        },
      };
    },

    finds(session, userId, moment) {
      if (isPromisedGone(session, userId, moment)) problem(`${session.id} of ${userId} was found`);
    },

    signs(one) {
      signed.push(one);
    },

    endsShare(userId, share) {
      endedShares.add(`${userId} ${share}`);
    },

    told(userId, what, isIt) {
      for (const each of signed.filter((one) => one.userId === userId && isOpen(one) && isIt(one))) {
        if (!isRefused(each)) problem(`${what} was told to the edge, which does not know: ${describe(each)}`);
      }
    },

    checkEdge(users) {
      for (const each of signed.filter(isOpen)) {
        const must = mustBeRefused(each);
        if (must === true && !isRefused(each)) problem(`the edge lets in ${describe(each)}`);
        if (must === false && isRefused(each)) problem(`the edge refuses ${describe(each)}`);
      }
      for (const userId of users) {
        const { user } = memory().record(userId);
        if (isDue(user, time.nowEpoch())) continue;
        for (const session of user.sessions.filter((each) => isLive(each, time.nowEpoch()))) {
          const credential = { kind: 'folder', start: session.start } as const;
          if (mustBeRefused({ userId, credential, expiresAtEpoch: 0 }) === false) {
            if (isRefused({ userId, credential, expiresAtEpoch: 0 }))
              problem(`the edge refuses the live ${session.id} of ${userId}`);
          }
        }
      }
    },

    checkMarks(users) {
      for (const { pointer, issuedAtEpoch } of memory().marks()) {
        const isEnded = (session: Session) =>
          pointer.kind === 'sid'
            ? session.sidHash === pointer.hash
            : session.subjectHash === pointer.hash && session.issuedAtEpoch <= issuedAtEpoch;
        for (const userId of users) {
          for (const session of memory().record(userId).user.sessions.filter(isEnded)) {
            if (isLive(session, time.nowEpoch()))
              problem(`the provider ended ${session.id} of ${userId}, and it goes on`);
          }
        }
      }
    },

    expiries: () =>
      [...new Set(signed.filter((each) => mustBeRefused(each)).map((each) => each.expiresAtEpoch))].toSorted(
        (a, b) => a - b,
      ),
  };
}
