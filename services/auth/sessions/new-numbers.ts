import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { Clock } from '../table/clock.ts';
import type { Stores } from '../table/stores.ts';
import { lastNumber } from '../teams/starts.ts';
import type { UserRecord } from './record.ts';

/** These come from the record itself. So the number was not written. */
const REFUSALS: ErrorCode[] = ['no_session', 'no_such_team', 'too_many_logins', 'too_many_requests'];
/** If more users have a number here, the number of the user that was first is lost. */
const MAX_USERS = 10_000;

export type NewNumbers = ReturnType<typeof createNewNumbers>;

/** The new numbers that are in no record yet, as far as this process has asked for them. */
export function createNewNumbers() {
  const waiting = new Map<UserId, Promise<number>>();

  function keep(userId: UserId, coming: Promise<number>): Promise<number> {
    waiting.set(userId, coming);
    const [first] = waiting.keys();
    if (waiting.size > MAX_USERS && first !== undefined) waiting.delete(first);
    return coming;
  }

  function drop(userId: UserId, coming: Promise<number>): void {
    if (waiting.get(userId) === coming) waiting.delete(userId);
  }

  return {
    /**
     * Writes a new number into the record of a user. Calls at the same time have one number. A number that no record has
     * taken is the next one of the same user. So parallel openings of teams cannot use up the numbers of the deployment.
     * @param ask takes a number from the counter
     * @param write returns what the record is then
     */
    async use<T extends { user: UserRecord }>(
      userId: UserId,
      ask: () => Promise<number>,
      write: (number: number) => Promise<T>,
    ): Promise<T> {
      const coming = waiting.get(userId) ?? keep(userId, ask());
      try {
        const number = await coming;
        const written = await write(number);
        if (hasHad(written.user, number)) drop(userId, coming);
        return written;
      } catch (error) {
        const isRefused = error instanceof GatewayError && REFUSALS.includes(error.code);
        // The number may be in the record all the same.
        if (!isRefused) drop(userId, coming);
        throw error;
      }
    },
  };
}

/**
 * A number of team starts that nobody has had.
 * @throws GatewayError teams_full, store_unavailable
 */
export async function nextNumber(deps: {
  numbers: Pick<Stores['numbers'], 'next'>;
  clock: Clock;
}): Promise<number> {
  const number = await deps.numbers.next(lastNumber(nowEpoch(deps)));
  if (number === undefined) throw new GatewayError('teams_full');
  return number;
}

function hasHad({ teamNumber, teamKeys }: UserRecord, number: number): boolean {
  return teamNumber?.number === number || teamKeys.some((key) => key.number === number);
}
