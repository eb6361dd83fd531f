import { randomBytes } from 'node:crypto';
import { type AllowRule, isAllowed } from '@cloudfront-cookie-gateway/core/allow-rule';
import { nowEpoch, toEpochSeconds } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { IdentityProvider } from '../provider/identity-provider.ts';
import type { NamedAgain, Refreshed, RefreshToken } from '../provider/provider.ts';
import { subPointer } from '../table/pointer.ts';
import { within } from '../table/within.ts';
import { teamsSaidBy } from '../teams/of-provider.ts';
import { changeRecord } from './change-record.ts';
import { findKeptSession, findSession, withChangedSession, withoutSessions } from './live.ts';
import { dropTokens, openTokens, type ProviderTokens, sealTokens } from './provider-tokens.ts';
import type { KnownUser, UserRecord } from './record.ts';
import { isRecheckDue, type Recheck, type Session } from './session.ts';
import type { CurrentSession, SessionDeps } from './session-deps.ts';

/**
 * The process of a claim counts as gone when the claim is so old. Two processes that write differ by two minutes at most
 * (`MAX_CLOCK_ERROR_SECONDS`), and the process of the claim sends the token within two seconds or never.
 */
const LOST_SECONDS = 5 * 60;

type Refusal = 'invalid_grant' | 'other_subject' | 'not_allowed';

/** Called with the outcome of a question to the provider, some seconds after the renewal at the latest. */
export interface RecheckListener {
  ended(why: Refusal): void;
  failed(error: unknown): void;
}

/** The state of the recheck after an answer that brought a refresh token. */
export function answeredBy({ livesSeconds }: Pick<RefreshToken, 'livesSeconds'>, atEpoch: number): Recheck {
  const withinSeconds = livesSeconds && Math.max(1, Math.floor(livesSeconds / 2));
  return { answeredAtEpoch: atEpoch, ...(withinSeconds ? { withinSeconds } : {}) };
}

/**
 * If a recheck is due, the provider is asked whether the person may still come in, and to which teams the person belongs.
 * The renewal waits for `recheckMs` at most. A later answer counts too.
 * @returns the session with the record as the answer left it, or as it was
 * @throws GatewayError no_session if the provider has ended the session
 */
export async function recheckSession(
  deps: SessionDeps,
  current: CurrentSession,
  listener?: RecheckListener,
): Promise<CurrentSession> {
  const { recheck, clock, limits } = deps;
  if (!recheck || !isRecheckDue(current.session, recheck.everySeconds, nowEpoch(deps))) return current;
  const asked = ask(deps, recheck, current, listener).catch((error: unknown): Asked => {
    listener?.failed(error);
    return {};
  });
  const { hasEnded, told, known } = (await within(clock, limits.recheckMs, asked)) ?? {};
  await told;
  if (hasEnded) throw new GatewayError('no_session');
  const session = known && findKeptSession(known.user, current.session.tokenHash);
  return session ? { ...current, known, session } : current;
}

/** Empty if the session is left alone: the question failed, another process asks, or the session has ended meanwhile. */
interface Asked {
  hasEnded?: true;
  /** Resolves when the edge was told of the end of the session, or of memberships. */
  told?: Promise<unknown>;
  /** The record after the answer, if it counted. */
  known?: KnownUser;
}

/** Providers punish the second use of a refresh token. So a process first claims the session, in the record. */
async function ask(
  deps: SessionDeps,
  { provider, everySeconds, allowRule }: NonNullable<SessionDeps['recheck']>,
  current: CurrentSession,
  listener: RecheckListener | undefined,
): Promise<Asked> {
  const { clock, limits, tokens } = deps;
  const { userId, session } = current;
  const askedAtMs = clock.now();
  const askedAtEpoch = toEpochSeconds(askedAtMs);
  const claim = createClaim(deps, current, askedAtEpoch);

  async function end(why: Refusal): Promise<Asked> {
    const user = await claim.endSession();
    if (user.sessions.some(({ id }) => id === session.id)) return {};
    listener?.ended(why);
    return {
      hasEnded: true,
      told: Promise.all([dropTokens(deps, session.id), deps.teller.tell(userId, user)]),
    };
  }

  if (!(await claim.make(everySeconds))) return {};
  /** True from the provider's answer until the new token is stored. */
  let isUsed = false;
  try {
    const before = await openTokens(deps, await tokens.read(session.id));
    if (!before?.refreshToken)
      throw new Error('the refresh token is missing, or another secret has sealed it');
    const answer = await provider.refresh(before.refreshToken, askedAtMs + limits.recheckMs);
    isUsed = true;
    if (!answer) return await end('invalid_grant');
    // The new token is stored first, since the old token is good for nothing now.
    if (!(await keep({ ...deps, provider }, session.id, before, answer))) return {};
    isUsed = false;
    const named = await answer.identify();
    const refusal = refusalOf(session, named, allowRule);
    if (refusal) return await end(refusal);
    const { known, isRevoking } = await claim.settle(
      (recheck) =>
        answer.refreshToken
          ? answeredBy(answer.refreshToken, askedAtEpoch)
          : { ...recheck, answeredAtEpoch: askedAtEpoch },
      teamsSaidBy(deps, named),
    );
    return { known, ...(isRevoking ? { told: deps.teller.tell(userId, known.user) } : {}) };
  } catch (error) {
    // A question without an answer may still be under way, and a used token must not be sent again. In both cases the
    // claim stays until it counts as over.
    if (!isUsed && clock.now() - askedAtMs < limits.askMs) {
      await claim.settle((recheck) => recheck).catch(() => {});
    }
    throw error;
  }
}

/** The right to ask the provider about one session, for one process. The record holds it, as a random number. */
function createClaim(deps: SessionDeps, { userId, session, known }: CurrentSession, sinceEpoch: number) {
  const asking = { number: randomBytes(6).toString('base64url'), sinceEpoch };
  let asClaimed = known;

  /** The session, as long as this claim holds. */
  function claimed(user: UserRecord): Session | undefined {
    const own = findSession(user, session.tokenHash, nowEpoch(deps));
    return own?.recheck?.asking?.number === asking.number ? own : undefined;
  }

  function changeClaimed(
    change: (user: UserRecord, own: Session) => UserRecord | undefined,
  ): Promise<UserRecord> {
    const changeOwn = (user: UserRecord) => {
      const own = claimed(user);
      return own && change(user, own);
    };
    return changeRecord(deps, userId, changeOwn, asClaimed);
  }

  return {
    /** @returns false if no recheck is due any more, or another process has the claim */
    async make(everySeconds: number): Promise<boolean> {
      const claim = (user: UserRecord): UserRecord | undefined => {
        const own = findSession(user, session.tokenHash, nowEpoch(deps));
        if (!own?.recheck || !isRecheckDue(own, everySeconds, nowEpoch(deps))) return undefined;
        const { asking: held } = own.recheck;
        if (held && nowEpoch(deps) - held.sinceEpoch < LOST_SECONDS) return undefined;
        return withChangedSession(user, own.id, { recheck: { ...own.recheck, asking } });
      };
      // This version is right if nobody else wrote between the read and the claim. Otherwise it is too old, and the
      // next change reads the record again.
      asClaimed = { user: await changeRecord(deps, userId, claim, known), version: known.version + 1 };
      return claimed(asClaimed.user) !== undefined;
    },

    /**
     * Ends the claim, and notes what the answer says of teams.
     * @returns the record after that, and whether the edge is to be told of it
     */
    async settle(
      recheckOf: (before: Recheck) => Recheck,
      inTeams = (user: UserRecord, _nowEpoch: number) => user,
    ): Promise<{ known: KnownUser; isRevoking: boolean }> {
      const user = await changeClaimed((before, { id, recheck }) => {
        if (!recheck) return undefined;
        const { asking: _over, ...rest } = recheck;
        return withChangedSession(inTeams(before, nowEpoch(deps)), id, { recheck: recheckOf(rest) });
      });
      const isRevoking = user.changes > asClaimed.user.changes;
      return { known: { user, version: asClaimed.version + 1 }, isRevoking };
    },

    endSession: (): Promise<UserRecord> =>
      changeClaimed((user, { id }) => withoutSessions(user, (each) => each.id === id, nowEpoch(deps))),
  };
}

/** @returns false if the session has ended meanwhile: nobody may keep a token of it then */
async function keep(
  deps: Pick<SessionDeps, 'tokens' | 'sealer'> & { provider: Pick<IdentityProvider, 'revoke'> },
  sessionId: string,
  before: ProviderTokens,
  { refreshToken, idToken }: Refreshed,
): Promise<boolean> {
  if (!refreshToken) return true;
  const sealed = await sealTokens(deps, {
    idToken: idToken ?? before.idToken,
    refreshToken: refreshToken.value,
  });
  if (await deps.tokens.replace(sessionId, sealed)) return true;
  await deps.provider.revoke(refreshToken.value).catch(() => {});
  return false;
}

/** Undefined if the session may go on. */
function refusalOf(
  { subjectHash }: Session,
  { issuer, subjects, claims, userInfo }: NamedAgain,
  allowRule: AllowRule | undefined,
): Refusal | undefined {
  if (subjects.some((subject) => subPointer(issuer, subject).hash !== subjectHash)) return 'other_subject';
  if (allowRule && subjects.length > 0 && !isAllowed(allowRule, [claims, userInfo])) return 'not_allowed';
  return undefined;
}
