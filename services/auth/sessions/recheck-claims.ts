import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { Clock } from '../domain/ports.ts';
import type { Session } from '../domain/session.ts';
import type { UserRecord } from '../domain/user-record.ts';

/** The process of a claim counts as gone when another process has seen the claim for so long, by its own clock. */
const SEEN_MS = 30_000;
/**
 * The process of a claim also counts as gone when the claim is so old by the time that is written in it. On Lambda, it
 * may be that no instance sees a claim twice. Two processes that write differ by two minutes at most
 * (`MAX_CLOCK_ERROR_SECONDS`), and the process of the claim sends the token within two seconds or never.
 */
const LOST_SECONDS = 5 * 60;
/** If more users have claims here, the user that was seen first is forgotten. */
const MAX_USERS = 10_000;

export type RecheckClaims = ReturnType<typeof createRecheckClaims>;

/** The claims that this process has seen. A user has at most one for each live session. */
export function createRecheckClaims(clock: Pick<Clock, 'now' | 'monotonicMs'>) {
  const seen = new Map<UserId, Map<string, { number: string; sinceMs: number }>>();

  /** The claims of a user that are still in the record. */
  function claimsOf(userId: UserId, { sessions }: UserRecord) {
    const numbers = new Map(sessions.map(({ id, recheck }) => [id, recheck?.asking?.number]));
    const known = [...(seen.get(userId) ?? [])].filter(([id, { number }]) => numbers.get(id) === number);
    return new Map(known);
  }

  return {
    /**
     * Whether a process asks the provider about this session now. Notes a claim that this process has not seen before.
     * @param user the record of the session
     */
    isHeld(userId: UserId, user: UserRecord, { id, recheck }: Session): boolean {
      const { asking } = recheck ?? {};
      if (!asking || nowEpoch({ clock }) - asking.sinceEpoch >= LOST_SECONDS) return false;
      const claims = claimsOf(userId, user);
      const nowMs = clock.monotonicMs();
      const { sinceMs } = claims.get(id) ?? { sinceMs: nowMs };
      claims.set(id, { number: asking.number, sinceMs });
      seen.set(userId, claims);
      const [first] = seen.keys();
      if (seen.size > MAX_USERS && first !== undefined) seen.delete(first);
      return nowMs - sinceMs < SEEN_MS;
    },
  };
}
