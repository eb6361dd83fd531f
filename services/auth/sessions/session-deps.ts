import type { Clock, PointerStore, Sealer, TokenStore, UserStore } from '../domain/ports.ts';
import type { Session } from '../domain/session.ts';
import type { TimeLimits } from '../domain/time-limits.ts';
import type { UserId } from '../domain/user-id.ts';
import type { KnownUser } from '../domain/user-record.ts';
import type { EdgeTeller } from '../revocations/edge-teller.ts';

/** What sessions are made of. */
export interface SessionDeps {
  users: UserStore;
  pointers: PointerStore;
  tokens: TokenStore;
  sealer: Sealer;
  teller: EdgeTeller;
  clock: Clock;
  limits: Pick<TimeLimits, 'touchMs'>;
  cookieLifetimeSeconds: number;
  /** The claim that names users in place of issuer and subject. */
  userIdClaim?: string;
}

/** A live session, as it was read. */
export interface CurrentSession {
  userId: UserId;
  session: Session;
  known: KnownUser;
  /** Taken before the record was read: what is signed for the session counts from here. */
  readAtEpoch: number;
}
