import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { deriveUserId, isSubject, type UserId } from '@cloudfront-cookie-gateway/core/user-id';
import { type DueWorkDeps, doAllDue } from '../edge/due-work.ts';
import type { LogoutToken } from '../provider/provider.ts';
import { type Pointer, sidPointer, subPointer, withoutSidPointer } from '../table/pointer.ts';
import { type Mark, parsePointerKey } from '../table/pointers.ts';
import { changeRecord } from './change-record.ts';
import { withoutSessions } from './live.ts';
import type { UserRecord } from './record.ts';
import type { Session } from './session.ts';
import type { SessionDeps } from './session-deps.ts';

type LogoutDeps = Pick<SessionDeps, 'users' | 'pointers' | 'teller' | 'clock'>;

/** Each logout waits for up to a hundred records, and for the edge. */
const AT_ONCE = 20;

/**
 * A logout by the provider (OpenID Connect Back-Channel Logout 1.0). It ends the sessions of its `sid`, or every session
 * of its subject. A token may name both. The sessions to end are those that `iss` and `sub` "and/or" the `sid` identify
 * (section 2.7). A session that began without a `sid` may be the one that is meant, so it ends too: a person who has to
 * sign in again is better than a session that goes on. Sessions of the subject with another `sid` go on.
 *
 * If this fails half-way, the rest stays due, since providers do not repeat a call.
 * @returns the users whose sessions ended
 */
export async function endByProvider(deps: SessionDeps, token: LogoutToken): Promise<UserId[]> {
  const { issuer, sid, subject = '', issuedAtEpoch } = token;
  const [sub, without] = [subPointer(issuer, subject), withoutSidPointer(issuer, subject)];
  if (sid === undefined && deps.userIdClaim === undefined) {
    // The id follows from the subject, so no other subject can sign in to this record. The record itself notes the
    // logout.
    if (!isSubject(subject)) return [];
    return endIn(deps, [deriveUserId(issuer, subject)], {
      isEnding: isEndedBy(sub, token),
      note: (user) => ({ ...user, loggedOutAtEpoch: Math.max(user.loggedOutAtEpoch, issuedAtEpoch) }),
    });
  }
  const named = sid === undefined ? [sub] : [sidPointer(issuer, sid), ...(subject === '' ? [] : [without])];
  // All are marked before any record is written. What a failure leaves is due then.
  const marked = await Promise.all(
    named.map(async (pointer) => {
      const { mark, isDue, userIds } = await deps.pointers.mark(pointer, { issuedAtEpoch }, nowEpoch(deps));
      return () => (isDue ? finish(deps, pointer, mark, userIds) : []);
    }),
  );
  const ended = await Promise.all(marked.map((finishIt) => finishIt()));
  return [...new Set(ended.flat())];
}

/**
 * Finishes the logouts that a failure or a crash has left behind. A logout that fails is due again later, and the others
 * go on.
 * @param budgetMs no further logouts begin later than this
 * @returns the number of logouts that are finished
 */
export function finishProviderLogouts(deps: LogoutDeps & DueWorkDeps, budgetMs: number): Promise<number> {
  return doAllDue(deps, budgetMs, {
    ...{ kind: 'logout', step: 'logout', atOnce: AT_ONCE },
    async attempt(key) {
      const pointer = parsePointerKey(key);
      const due = pointer && (await deps.pointers.readDue(pointer));
      if (due) await finish(deps, pointer, due.mark, due.userIds);
      return due === undefined;
    },
  });
}

async function finish(deps: LogoutDeps, pointer: Pointer, mark: Mark, userIds: UserId[]): Promise<UserId[]> {
  return endIn(deps, userIds, {
    isEnding: isEndedBy(pointer, mark),
    // The record gets a new version even if nothing ends. A login that has read the old version must read it again.
    note: (user) => ({ ...user }),
    settle: () => deps.pointers.settle(pointer, mark),
  });
}

/** A logout of a `sid` ends all its sessions. A person (`sub`) may have signed in again since. */
function isEndedBy(pointer: Pointer, mark: Mark) {
  return (session: Session) =>
    pointer.kind === 'sid'
      ? session.sidHash === pointer.hash
      : session.subjectHash === pointer.hash &&
        session.issuedAtEpoch <= mark.issuedAtEpoch &&
        (pointer.kind === 'sub' || session.sidHash === undefined);
}

interface Logout {
  isEnding(session: Session): boolean;
  /** Adds what a record must also say. */
  note(user: UserRecord): UserRecord;
  /** Runs when all records are written, while the edge is told. */
  settle?(): Promise<void>;
}

/**
 * Ends sessions in each record. A record that fails keeps no other from ending, and the edge is told of the others.
 * @throws the error of a record; `settle` did not run, so the logout stays due
 */
async function endIn(
  deps: LogoutDeps,
  userIds: UserId[],
  { isEnding, note, settle }: Logout,
): Promise<UserId[]> {
  const outcomes = await Promise.allSettled(
    userIds.map(async (userId) => {
      let isEnded = false;
      const user = await changeRecord(deps, userId, (before) => {
        const without = withoutSessions(before, isEnding, nowEpoch(deps));
        isEnded ||= without !== undefined;
        return note(without ?? before);
      });
      return { userId, user, isEnded };
    }),
  );
  const records = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  const telling = records.map(({ userId, user }) => deps.teller.tell(userId, user));
  await Promise.all([failed ? undefined : settle?.(), ...telling]);
  if (failed) throw failed.reason;
  return records.filter(({ isEnded }) => isEnded).map(({ userId }) => userId);
}
