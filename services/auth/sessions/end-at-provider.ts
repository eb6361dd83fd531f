import { nowEpoch } from '../domain/epoch-seconds.ts';
import { withoutSessions } from '../domain/live-sessions.ts';
import type { LogoutToken, Mark, Pointer } from '../domain/ports.ts';
import type { Session } from '../domain/session.ts';
import { deriveUserId, isSubject, type UserId } from '../domain/user-id.ts';
import type { UserRecord } from '../domain/user-record.ts';
import { changeRecord } from '../records/change-record.ts';
import { sidPointer, subPointer, withoutSidPointer } from './pointers.ts';
import type { SessionDeps } from './session-deps.ts';

type LogoutDeps = Pick<SessionDeps, 'users' | 'pointers' | 'teller' | 'clock'>;

/** The most logouts that one run of the schedule finishes. */
const MAX_DUE = 100;

/**
 * A logout by the provider (OpenID Connect Back-Channel Logout 1.0). It ends the sessions of its `sid`, or every session
 * of its subject. A token may name both. The sessions to end are those that `iss` and `sub` "and/or" the `sid` identify
 * (section 2.7). A session that began without a `sid` may be the one that is meant, so it ends too: a person who has to
 * sign in again is better than a session that goes on. Sessions of the subject with another `sid` go on.
 *
 * If this fails half-way, the rest stays due, since providers do not repeat a call.
 * @returns the users whose sessions ended
 */
export async function endAtProvider(deps: SessionDeps, token: LogoutToken): Promise<UserId[]> {
  const { issuer, sid, subject = '', issuedAtEpoch } = token;
  const [sub, without] = [subPointer(issuer, subject), withoutSidPointer(issuer, subject)];
  if (sid === undefined && deps.userIdClaim === undefined) {
    // The id follows from the subject, so no other subject can sign in to this record. The record itself notes the
    // logout.
    if (!isSubject(subject)) return [];
    return endIn(deps, [deriveUserId(issuer, subject)], isEndedBy(sub, token), (user) =>
      issuedAtEpoch > user.loggedOutAtEpoch ? { ...user, loggedOutAtEpoch: issuedAtEpoch } : undefined,
    );
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
 * Finishes the logouts that a failure or a crash has left behind.
 * @returns the number of logouts
 */
export async function finishProviderLogouts(deps: LogoutDeps): Promise<number> {
  const pointers = await deps.pointers.due(MAX_DUE);
  for (const pointer of pointers) {
    const due = await deps.pointers.readDue(pointer);
    if (due) await finish(deps, pointer, due.mark, due.userIds);
  }
  return pointers.length;
}

async function finish(deps: LogoutDeps, pointer: Pointer, mark: Mark, userIds: UserId[]): Promise<UserId[]> {
  // The record gets a new version even if nothing ends. A login that has read the old version must read it again.
  const note = (user: UserRecord) => ({ ...user });
  const settle = () => deps.pointers.settle(pointer, mark, nowEpoch(deps));
  return endIn(deps, userIds, isEndedBy(pointer, mark), note, settle);
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

/**
 * @param note adds what a record must also say; it returns undefined if the record says it already
 * @param settle runs when all records are written, while the edge is told
 */
async function endIn(
  deps: LogoutDeps,
  userIds: UserId[],
  isEnding: (session: Session) => boolean,
  note: (user: UserRecord) => UserRecord | undefined,
  settle: () => Promise<void> = async () => {},
): Promise<UserId[]> {
  const records = await Promise.all(
    userIds.map(async (userId) => {
      let isEnded = false;
      const user = await changeRecord(deps, userId, (before) => {
        const without = withoutSessions(before, isEnding, nowEpoch(deps));
        isEnded ||= without !== undefined;
        return note(without ?? before) ?? without;
      });
      return { userId, user, isEnded };
    }),
  );
  await Promise.all([settle(), ...records.map(({ userId, user }) => deps.teller.tell(userId, user))]);
  return records.filter(({ isEnded }) => isEnded).map(({ userId }) => userId);
}
