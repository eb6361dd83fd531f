import type { UserId } from '../../../core/user-id.ts';
import { endAllSessions } from '../../auth/sessions/end.ts';
import type { openSessionStores } from './session-stores.ts';

/** The longest wait for the edge. */
const MOST_MS = 60_000;

/**
 * Ends all sessions and shares of many users at the same time, as the service does.
 * @returns how many users the edge was told of, and the result in words
 */
export async function signOutAtOnce(
  stores: ReturnType<typeof openSessionStores>,
  userIds: UserId[],
): Promise<{ told: number; words: string }> {
  const began = stores.clock.now();
  const settled = await Promise.allSettled(
    userIds.map(async (userId) => {
      const { edge } = await endAllSessions(stores, userId);
      const first = await edge;
      let last = first;
      while (last === 'pending' && stores.clock.now() - began < MOST_MS) {
        const { user } = await stores.users.read(userId);
        last = await stores.teller.tell(userId, user);
      }
      return { first, last, ms: stores.clock.now() - began };
    }),
  );
  const ends = settled.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const told = ends.filter(({ last }) => last === 'told').length;
  const atOnce = ends.filter(({ first }) => first === 'told').length;
  const slowest = Math.max(0, ...ends.map(({ ms }) => ms));
  const failed = settled.length - ends.length;
  return {
    told,
    words: `${atOnce} told within the time that a person waits, the last one after ${slowest} ms${failed > 0 ? `, ${failed} failed` : ''}`,
  };
}
