import type { AllowRule } from '@cloudfront-cookie-gateway/core/allow-rule';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { EdgeTeller } from '../edge/teller.ts';
import type { IdentityProvider } from '../provider/identity-provider.ts';
import type { Sealer } from '../provider/sealer.ts';
import type { TimeLimits } from '../settings/time-limits.ts';
import type { Clock, ClockGuard } from '../table/clock.ts';
import type { Stores } from '../table/stores.ts';
import type { Role } from '../teams/membership.ts';
import type { KnownUser } from './record.ts';
import type { TokenMac } from './secret-token.ts';
import type { Session } from './session.ts';

/** Everything that sessions need. */
export interface SessionDeps extends Pick<Stores, 'users' | 'teams' | 'pointers' | 'tokens'> {
  numbers: Pick<Stores['numbers'], 'next'>;
  sealer: Sealer;
  tokenMac: TokenMac;
  teller: EdgeTeller;
  clock: Clock;
  clockGuard: Pick<ClockGuard, 'check'>;
  limits: Pick<TimeLimits, 'touchMs' | 'recheckMs' | 'askMs'>;
  cookieLifetimeSeconds: number;
  /** The claim that names users, instead of issuer and subject. */
  userIdClaim?: string;
  /** The claim whose values are teams, and what everybody is there. Absent if the provider has no teams. */
  ofProvider?: { claim: string; role: Role };
  /** Absent if the provider is not asked again while a session lives. */
  recheck?: {
    /** The provider is asked at least this often. */
    everySeconds: number;
    provider: Pick<IdentityProvider, 'refresh' | 'revoke'>;
    allowRule?: AllowRule;
  };
}

/** A live session, as it was read. */
export interface CurrentSession {
  userId: UserId;
  session: Session;
  known: KnownUser;
  /** The time before the record was read. Everything that is signed for the session counts from here. */
  readAtEpoch: number;
}
