import { GatewayError } from '../../../../../core/errors.ts';
import type { IdentityProvider } from '../../../../../services/auth/provider/identity-provider.ts';
import type { RefreshToken } from '../../../../../services/auth/provider/provider.ts';
import { TIME_LIMITS } from '../../../../../services/auth/settings/time-limits.ts';
import type { Clock } from '../../../../../services/auth/table/clock.ts';
import { GROUP, GROUPS, ISSUER, PEOPLE } from './operations.ts';
import type { Owner, VirtualTime } from './virtual-time.ts';
import type { Watch } from './watch.ts';

/** A claim counts as over after 30 s (whole seconds), and a token is sent within 2 s of the claim. */
const ALONE_MS = 27_000;

export const RECHECK_SECONDS = 60;

interface Grant {
  subject: string;
  number: number;
  uses: number;
  isOver: boolean;
  sessionId?: string;
}

export type ModelProvider = ReturnType<typeof createModelProvider>;

/** A provider with single-use refresh tokens. The second use of one ends every token that came of it. */
export function createModelProvider(time: VirtualTime, watch: Watch) {
  const grants: Grant[] = [];
  const sentMs = new Map<string, number>();
  /** Who belongs to the provider's team. */
  const members = new Set(PEOPLE.map(({ subject }) => subject));
  const groupsOf = (subject: string) => (members.has(subject) ? [GROUP] : []);

  const tokenOf = ({ number, uses }: Grant) => `${number}.${uses}`;
  const grantOf = (token: string) => grants[Number.parseInt(token, 10)];

  return {
    /** A person signs in. */
    give(subject: string): RefreshToken {
      const grant = { subject, number: grants.length, uses: 0, isOver: false };
      grants.push(grant);
      return { value: tokenOf(grant) };
    },
    belongs(token: RefreshToken, sessionId: string): void {
      const grant = grantOf(token.value);
      if (grant) grant.sessionId = sessionId;
    },
    /** Ends the person's session at the provider, and tells nobody. */
    forget(subject: string): void {
      for (const grant of grants) if (grant.subject === subject) grant.isOver = true;
    },
    groupsOf,
    /** Takes a person out of the team, or adds the person to it. Nobody is told. */
    changesTeam(subject: string): void {
      if (!members.delete(subject)) members.add(subject);
    },
    isOver: (sessionId: string) => grants.find((grant) => grant.sessionId === sessionId)?.isOver,

    sends(token: string): void {
      const beforeMs = sentMs.get(token);
      if (beforeMs !== undefined && time.now() - beforeMs < ALONE_MS)
        watch.problems.push(`the refresh token ${token} is used while somebody else uses it`);
      sentMs.set(token, time.now());
    },
    /** Called when the sender of the token knows that no answer will come. */
    failed: (token: string) => void sentMs.delete(token),
    takes(token: string) {
      const grant = grantOf(token);
      if (!grant) throw new Error(`${token} is of nobody`);
      grant.isOver ||= token !== tokenOf(grant);
      if (grant.isOver) {
        watch.ends(({ id }) => id === grant.sessionId);
        return undefined;
      }
      grant.uses++;
      const { subject } = grant;
      const identify = async () => ({
        ...{ issuer: ISSUER, subjects: [subject], userInfo: {} },
        claims: { [GROUPS]: groupsOf(subject) },
      });
      return { refreshToken: { value: tokenOf(grant) }, identify };
    },
    revokes(token: string): void {
      const grant = grantOf(token);
      if (grant) grant.isOver = true;
    },
  };
}

type Call = <T>(what: string, effect: () => Promise<T>, fault: () => unknown) => Promise<T>;

/** The provider as one process reaches it. A request ends for the process after a while, whatever becomes of it. */
export function reach(
  provider: ModelProvider,
  { time, owner, clock, call }: { time: VirtualTime; owner: Owner; clock: Clock; call: Call },
): Pick<IdentityProvider, 'refresh' | 'revoke'> {
  const unavailable = () => new GatewayError('provider_unavailable');
  return {
    refresh: (token, untilMs) =>
      new Promise((resolve, reject) => {
        if (clock.now() > untilMs) return reject(unavailable());
        provider.sends(token);
        const cancel = time.after(TIME_LIMITS.askMs, owner, () => reject(unavailable()));
        call(`refreshes by ${token}`, async () => provider.takes(token), unavailable).then(
          (answer) => {
            cancel();
            resolve(answer);
          },
          (error: unknown) => {
            if (clock.now() - (untilMs - TIME_LIMITS.recheckMs) < TIME_LIMITS.askMs) provider.failed(token);
            cancel();
            reject(error);
          },
        );
      }),
    revoke: (token) => call('revokes', async () => provider.revokes(token), unavailable),
  };
}
