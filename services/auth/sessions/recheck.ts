import { randomBytes } from 'node:crypto';
import { isAllowed } from '../../../core/allow-rule.ts';
import { nowEpoch, toEpochSeconds } from '../../../core/epoch-seconds.ts';
import { GatewayError } from '../../../core/errors.ts';
import { findSession, withChangedSession, withoutSessions } from '../domain/live-sessions.ts';
import type { Refreshed, RefreshToken } from '../domain/refreshed.ts';
import { isRecheckDue, type Recheck, type Session } from '../domain/session.ts';
import type { UserRecord } from '../domain/user-record.ts';
import { changeRecord } from '../records/change-record.ts';
import { dropTokens } from './end.ts';
import { subPointer } from './pointers.ts';
import type { RecheckClaims } from './recheck-claims.ts';
import { openTokens, type ProviderTokens, sealTokens } from './sealed-tokens.ts';
import type { CurrentSession, RecheckOutcome, SessionDeps } from './session-deps.ts';
import { within } from './within.ts';

/** What a renewal needs: the claims that this process has seen, too. */
export type RecheckDeps = SessionDeps & { claims: RecheckClaims };

/** Called with the outcome of a question to the provider, some seconds after the renewal at the latest. */
export interface RecheckListener {
  ended(why: 'invalid_grant' | 'other_subject' | 'not_allowed'): void;
  failed(error: unknown): void;
}

/** The state of the recheck after an answer that brought a refresh token. */
export function answeredBy({ livesSeconds }: Pick<RefreshToken, 'livesSeconds'>, atEpoch: number): Recheck {
  const withinSeconds = livesSeconds && Math.max(1, Math.floor(livesSeconds / 2));
  return { answeredAtEpoch: atEpoch, ...(withinSeconds ? { withinSeconds } : {}) };
}

/**
 * If a recheck is due, the provider is asked whether the person may still come in. The renewal waits for `recheckMs` at
 * most. A later answer counts too.
 * @throws GatewayError no_session if the provider has ended the session
 */
export async function recheckSession(
  deps: RecheckDeps,
  current: CurrentSession,
  listener?: RecheckListener,
): Promise<void> {
  const { recheck, clock, limits } = deps;
  if (!recheck || !isRecheckDue(current.session, recheck.everySeconds, nowEpoch(deps))) return;
  const asked = ask(deps, recheck, current, listener).catch((error: unknown): Asked => {
    listener?.failed(error);
    return { outcome: 'failed' };
  });
  const { outcome, told } = (await within(clock, limits.recheckMs, asked.then(noted))) ?? {};
  await told;
  if (outcome === 'ended') throw new GatewayError('no_session');

  function noted(done: Asked): Asked {
    recheck?.onOutcome?.(done.outcome);
    return done;
  }
}

interface Asked {
  outcome: RecheckOutcome;
  /** Resolves when the edge was told of the end. */
  told?: Promise<unknown>;
}

/** Providers punish the second use of a refresh token. So a process first claims the session, in the record. */
async function ask(
  deps: RecheckDeps,
  { provider, everySeconds, allowRule }: NonNullable<SessionDeps['recheck']>,
  { userId, session, known }: CurrentSession,
  listener: RecheckListener | undefined,
): Promise<Asked> {
  const { clock, limits, tokens, claims } = deps;
  const askedAtMs = clock.now();
  const askedAtEpoch = toEpochSeconds(askedAtMs);
  const asking = { number: randomBytes(6).toString('base64url'), sinceEpoch: askedAtEpoch };

  /** The session, as long as this claim holds. */
  function claimed(user: UserRecord): Session | undefined {
    const own = findSession(user, session.tokenHash, nowEpoch(deps));
    return own?.recheck?.asking?.number === asking.number ? own : undefined;
  }

  function claim(user: UserRecord): UserRecord | undefined {
    const own = findSession(user, session.tokenHash, nowEpoch(deps));
    if (!own?.recheck || !isRecheckDue(own, everySeconds, nowEpoch(deps))) return undefined;
    if (claims.isHeld(userId, user, own)) return undefined;
    return withChangedSession(user, own.id, { recheck: { ...own.recheck, asking } });
  }

  /** Ends the claim. */
  function settle(recheckOf: (before: Recheck) => Recheck): Promise<UserRecord> {
    const change = (user: UserRecord) => {
      const own = claimed(user);
      return own?.recheck && withChangedSession(user, own.id, { recheck: recheckOf(own.recheck) });
    };
    return changeRecord(deps, userId, change, asClaimed);
  }

  async function end(why: Parameters<RecheckListener['ended']>[0]): Promise<Asked> {
    const change = (before: UserRecord) => {
      const own = claimed(before);
      return own && withoutSessions(before, ({ id }) => id === own.id, nowEpoch(deps));
    };
    const user = await changeRecord(deps, userId, change, asClaimed);
    if (user.sessions.some(({ id }) => id === session.id)) return { outcome: 'passed_over' };
    listener?.ended(why);
    return {
      outcome: 'ended',
      told: Promise.all([dropTokens(deps, session.id), deps.teller.tell(userId, user)]),
    };
  }

  /** @returns false if the session has ended meanwhile: nobody may keep a token of it then */
  async function keep(before: ProviderTokens, { refreshToken, idToken }: Refreshed): Promise<boolean> {
    if (!refreshToken) return true;
    const sealed = await sealTokens(deps, {
      idToken: idToken ?? before.idToken,
      refreshToken: refreshToken.value,
    });
    if (await tokens.replace(session.id, sealed)) return true;
    await provider.revoke(refreshToken.value).catch(() => {});
    return false;
  }

  // This version is right if nobody else wrote between the read and the claim. Otherwise it is too old, and the next
  // change reads the record again.
  const asClaimed = { user: await changeRecord(deps, userId, claim, known), version: known.version + 1 };
  const own = claimed(asClaimed.user);
  if (!own) return { outcome: 'passed_over' };
  // If this claim stays, this process takes it over in its time.
  claims.isHeld(userId, asClaimed.user, own);
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
    if (!(await keep(before, answer))) return { outcome: 'passed_over' };
    isUsed = false;
    const { issuer, subjects, claims, userInfo } = await answer.identify();
    if (subjects.some((subject) => subPointer(issuer, subject).hash !== session.subjectHash)) {
      return await end('other_subject');
    }
    if (allowRule && subjects.length > 0 && !isAllowed(allowRule, [claims, userInfo])) {
      return await end('not_allowed');
    }
    await settle(({ asking: _over, ...recheck }) =>
      answer.refreshToken
        ? answeredBy(answer.refreshToken, askedAtEpoch)
        : { ...recheck, answeredAtEpoch: askedAtEpoch },
    );
    return { outcome: 'alive' };
  } catch (error) {
    // A question without an answer may still be under way, and a used token must not be sent again. In both cases the
    // claim stays until it counts as over.
    if (!isUsed && clock.now() - askedAtMs < limits.askMs) {
      await settle(({ asking: _over, ...recheck }) => recheck).catch(() => {});
    }
    throw error;
  }
}
