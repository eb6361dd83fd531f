import { defined } from '../../../core/defined.ts';
import { nowEpoch } from '../../../core/epoch-seconds.ts';
import { GatewayError } from '../../../core/errors.ts';
import { SESSION_LIFETIME_SECONDS } from '../../../core/time-bounds.ts';
import type { UserId } from '../../../core/user-id.ts';
import { withCookieLifetime, withSession } from '../domain/live-sessions.ts';
import type { Identity, Pointer } from '../domain/ports.ts';
import { issueToken } from '../domain/secret-token.ts';
import { cleanUserAgent, newSessionId, type Session } from '../domain/session.ts';
import type { KnownUser, UserRecord } from '../domain/user-record.ts';
import { dropTokens } from './end.ts';
import { sidPointer, subPointer, withoutSidPointer } from './pointers.ts';
import { answeredBy } from './recheck.ts';
import { sealTokens } from './sealed-tokens.ts';
import type { CurrentSession, SessionDeps } from './session-deps.ts';

/** How often a sign-in tries to write the record if others write first. */
const MAX_ATTEMPTS = 20;
/** The pause in milliseconds, times the number of attempts. */
const PAUSE_MS = 20;

export interface BegunSession {
  /** The value of the session cookie. */
  token: string;
  current: CurrentSession;
  /**
   * If an older session ended for this session, this resolves when the edge was told of it, or after `edgeMs`.
   * Otherwise it resolves at once.
   */
  told: Promise<unknown>;
}

/**
 * Begins a session. The provider's names for the session are noted first; then one write of the user's record begins
 * it.
 * @throws GatewayError too_many_logins; user_id_taken; login_expired if a logout was faster than this login;
 *   store_unavailable
 */
export async function beginSession(deps: SessionDeps, login: Login): Promise<BegunSession> {
  const attempts: Attempts = new Map();
  try {
    const begun = await beginWith(deps, login, attempts);
    attempts.delete(begun.current.session.id);
    return begun;
  } finally {
    // Only its session leads to an item of tokens, and nobody has the token of a lost attempt's session.
    await Promise.all([...attempts].map(([id, { storing }]) => dropStored(deps, id, storing)));
  }
}

interface Login {
  userId: UserId;
  identity: Identity;
  userAgent?: string | undefined;
}

/** By the id of its session, what each attempt has made. */
type Attempts = Map<string, { token: string; storing: Promise<unknown> }>;

/** Removes an item of tokens. The call that stores it may still be under way. */
async function dropStored(deps: SessionDeps, sessionId: string, storing: Promise<unknown>): Promise<void> {
  await storing.catch(() => {});
  await dropTokens(deps, sessionId);
}

async function beginWith(deps: SessionDeps, login: Login, attempts: Attempts): Promise<BegunSession> {
  const { users, pointers, clock } = deps;
  const { userId, identity } = login;
  const { issuer, subject, claims } = identity;
  const issuedAtEpoch = Number(claims['iat']);
  const subjectHash = subPointer(issuer, subject).hash;
  const sid = typeof claims['sid'] === 'string' ? sidPointer(issuer, claims['sid']) : undefined;
  const joining: Pointer[] = [
    sid ?? withoutSidPointer(issuer, subject),
    ...(deps.userIdClaim === undefined ? [] : [{ kind: 'sub' as const, hash: subjectHash }]),
  ];
  const refreshToken = deps.recheck === undefined ? undefined : identity.refreshToken;
  const sealed = await sealTokens(deps, { idToken: identity.idToken, refreshToken: refreshToken?.value });

  /**
   * The session that an attempt writes. Each attempt has a new id and a new secret, since the session of an earlier
   * attempt may have been written, and have ended.
   */
  function newSession(now: number): { token: string; session: Omit<Session, 'start'> } {
    const { token, hash: tokenHash } = issueToken(deps.tokenMac, 'session', userId);
    const userAgent = cleanUserAgent(login.userAgent ?? '') || undefined;
    const recheck = refreshToken && answeredBy(refreshToken, now);
    const session = {
      id: newSessionId(),
      tokenHash,
      createdAtEpoch: now,
      expiresAtEpoch: now + SESSION_LIFETIME_SECONDS,
      lastUsedAtEpoch: now,
      issuedAtEpoch,
      subjectHash,
      ...defined({ sidHash: sid?.hash, userAgent, recheck }),
    };
    return { token, session };
  }

  /** @throws GatewayError if this subject may not begin a session of this user now */
  function check({ owner, loggedOutAtEpoch, signedOut }: UserRecord, floorAtFirst: number): void {
    if (deps.userIdClaim !== undefined && owner !== undefined && owner !== subjectHash) {
      throw new GatewayError('user_id_taken');
    }
    if (issuedAtEpoch <= loggedOutAtEpoch || signedOut.through > floorAtFirst) {
      throw new GatewayError('login_expired');
    }
  }

  async function join(token: string, session: Omit<Session, 'start'>, now: number): Promise<void> {
    const storing = deps.tokens.put(session.id, sealed, session.expiresAtEpoch);
    attempts.set(session.id, { token, storing });
    const [joined] = await Promise.all([
      Promise.all(joining.map((pointer) => pointers.join(pointer, userId, session, now))),
      storing,
    ]);
    if (joined.includes('ended')) throw new GatewayError('login_expired');
    if (joined.includes('full')) throw new GatewayError('too_many_logins');
  }

  function recordWith({ user }: KnownUser, session: Omit<Session, 'start'>, now: number): UserRecord {
    const { name: _name, email: _email, ...rest } = withCookieLifetime(user, deps.cookieLifetimeSeconds);
    const begun = withSession(rest, session, now);
    if (!begun) throw new GatewayError('too_many_logins');
    return {
      ...begun,
      ...defined({ name: identity.name?.slice(0, 200), email: identity.email?.slice(0, 200) }),
      ...(deps.userIdClaim === undefined ? {} : { owner: subjectHash }),
    };
  }

  let floorAtFirst: number | undefined;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const readAtEpoch = nowEpoch(deps);
    const known = await users.read(userId);
    floorAtFirst ??= known.user.signedOut.through;
    const landed = known.user.sessions.find(({ id }) => attempts.has(id));
    // An earlier attempt did write its session, although the answer was lost or said the opposite.
    if (landed) {
      const { token = '' } = attempts.get(landed.id) ?? {};
      return { token, current: { userId, session: landed, known, readAtEpoch }, told: Promise.resolve() };
    }
    check(known.user, floorAtFirst);
    const { token, session } = newSession(readAtEpoch);
    await join(token, session, readAtEpoch);
    const user = recordWith(known, session, readAtEpoch);
    if (await users.write(userId, known.version, user)) {
      const current = {
        ...{ userId, session: { ...session, start: user.lastStart }, readAtEpoch },
        known: { user, version: known.version + 1 },
      };
      const isEvicting = user.changes > known.user.changes;
      return { token, current, told: isEvicting ? deps.teller.tell(userId, user) : Promise.resolve() };
    }
    await clock.sleep(Math.random() * PAUSE_MS * attempt);
  }
  throw new GatewayError('store_unavailable');
}
