import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { SESSION_LIFETIME_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { Identity } from '../provider/provider.ts';
import { createTries } from '../table/change.ts';
import { type Pointer, sidPointer, subPointer, withoutSidPointer } from '../table/pointer.ts';
import { teamsSaidBy } from '../teams/of-provider.ts';
import { withCookieLifetime, withSession } from './live.ts';
import { dropTokens, sealTokens } from './provider-tokens.ts';
import { answeredBy } from './recheck.ts';
import type { UserRecord } from './record.ts';
import { issueToken } from './secret-token.ts';
import { cleanUserAgent, newSessionId, type Session } from './session.ts';
import type { CurrentSession, SessionDeps } from './session-deps.ts';

export interface BegunSession {
  /** The value of the session cookie, or the access token. */
  token: string;
  current: CurrentSession;
  /**
   * If an older session ended for this session, or the user has left a team, this resolves when the edge was told of it,
   * or after `edgeMs`. Otherwise it resolves at once.
   */
  told: Promise<unknown>;
}

/**
 * Begins a session. The provider's names for the session are noted first; then one write of the user's record begins
 * it. All attempts write the same session. Nobody has its token before this answers.
 * @throws GatewayError too_many_logins; user_id_taken; login_expired if a logout was faster than this login;
 *   store_unavailable
 */
export async function beginSession(deps: SessionDeps, login: Login): Promise<BegunSession> {
  const signIn = await prepare(deps, login);
  const { session, sealed } = signIn;
  const storing =
    sealed === undefined ? undefined : deps.tokens.put(session.id, sealed, session.expiresAtEpoch);
  // If it fails, the attempt that waits for it fails.
  const isOver = storing?.catch(() => {});
  try {
    return await beginWith(deps, signIn, storing);
  } catch (error) {
    // Only its session leads to an item of tokens. The call that stores it may still be under way.
    await isOver;
    await dropTokens(deps, session.id);
    throw error;
  }
}

export interface Login {
  userId: UserId;
  identity: Identity;
  userAgent?: string | undefined;
  /** The session is for an access token, and not for a cookie. */
  isBearer?: boolean;
}

async function beginWith(
  deps: SessionDeps,
  signIn: SignIn,
  storing: Promise<void> | undefined,
): Promise<BegunSession> {
  const { users, clock } = deps;
  const { userId, token, session } = signIn;
  let floorAtFirst: number | undefined;
  for (const tries = createTries(clock); ; await tries.again()) {
    const readAtEpoch = nowEpoch(deps);
    const known = await users.read(userId);
    floorAtFirst ??= known.user.signedOut.through;
    const landed = known.user.sessions.find(({ id }) => id === session.id);
    // An earlier attempt did write the session, although the answer was lost or said the opposite.
    if (landed) {
      return { token, current: { userId, session: landed, known, readAtEpoch }, told: Promise.resolve() };
    }
    check(signIn, known.user, floorAtFirst);
    await Promise.all([join(deps, signIn, readAtEpoch), storing]);
    const user = recordWith(deps, signIn, known.user, readAtEpoch);
    if (await users.write(userId, known.version, user)) {
      const current = {
        userId,
        session: { ...session, start: user.lastStart },
        known: { user, version: known.version + 1 },
        readAtEpoch,
      };
      const isRevoking = user.changes > known.user.changes;
      return { token, current, told: isRevoking ? deps.teller.tell(userId, user) : Promise.resolve() };
    }
  }
}

/** What all attempts of one sign-in have in common. */
interface SignIn extends Pick<Login, 'userId' | 'identity'> {
  token: string;
  session: Omit<Session, 'start'>;
  /** The provider's names by which a logout finds the user. */
  joining: Pointer[];
  /** Absent if there are no tokens to keep. */
  sealed: string | undefined;
  inTeams: ReturnType<typeof teamsSaidBy>;
}

async function prepare(deps: SessionDeps, login: Login): Promise<SignIn> {
  const { userId, identity, userAgent, isBearer } = login;
  const { issuer, subject, claims, idToken } = identity;
  const sub = subPointer(issuer, subject);
  const sid = typeof claims['sid'] === 'string' ? sidPointer(issuer, claims['sid']) : undefined;
  const refreshToken = deps.recheck === undefined ? undefined : identity.refreshToken;
  const sealed = idToken && (await sealTokens(deps, { idToken, refreshToken: refreshToken?.value }));
  const { token, hash: tokenHash } = issueToken(deps.tokenMac, isBearer ? 'bearer' : 'session', userId);
  const now = nowEpoch(deps);
  return {
    ...{ userId, identity, token, sealed },
    session: {
      id: newSessionId(),
      tokenHash,
      createdAtEpoch: now,
      expiresAtEpoch: now + SESSION_LIFETIME_SECONDS,
      lastUsedAtEpoch: now,
      issuedAtEpoch: Number(claims['iat']),
      subjectHash: sub.hash,
      ...defined({
        sidHash: sid?.hash,
        userAgent: cleanUserAgent(userAgent ?? '') || undefined,
        recheck: refreshToken && answeredBy(refreshToken, now),
      }),
    },
    joining: [
      sid ?? withoutSidPointer(issuer, subject),
      // Without the claim, the record itself notes a logout of the subject.
      ...(deps.userIdClaim === undefined ? [] : [sub]),
    ],
    inTeams: teamsSaidBy(deps, identity),
  };
}

/** @throws GatewayError if this subject may not begin a session of this user now */
function check(
  { session: { subjectHash, issuedAtEpoch } }: SignIn,
  { owner, loggedOutAtEpoch, signedOut }: UserRecord,
  floorAtFirst: number,
): void {
  if (owner !== undefined && owner !== subjectHash) throw new GatewayError('user_id_taken');
  if (issuedAtEpoch <= loggedOutAtEpoch || signedOut.through > floorAtFirst) {
    throw new GatewayError('login_expired');
  }
}

/** Adds the user to the pointers. */
async function join(
  { pointers }: SessionDeps,
  { userId, session, joining }: SignIn,
  nowEpoch: number,
): Promise<void> {
  const joined = await Promise.all(
    joining.map((pointer) => pointers.join(pointer, userId, session, nowEpoch)),
  );
  if (joined.includes('ended')) throw new GatewayError('login_expired');
  if (joined.includes('full')) throw new GatewayError('too_many_logins');
}

function recordWith(
  { userIdClaim, cookieLifetimeSeconds }: SessionDeps,
  { identity, session, inTeams }: SignIn,
  user: UserRecord,
  nowEpoch: number,
): UserRecord {
  const { name: _name, email: _email, ...rest } = withCookieLifetime(user, cookieLifetimeSeconds);
  const begun = withSession(inTeams(rest, nowEpoch), session, nowEpoch);
  if (!begun) throw new GatewayError('too_many_logins');
  return {
    ...begun,
    ...defined({
      name: identity.name?.slice(0, 200),
      email: identity.email?.slice(0, 200),
      owner: userIdClaim === undefined ? undefined : session.subjectHash,
    }),
  };
}
