import type { UserId } from '../auth/domain/user-id.ts';
import { endAllSessions } from '../auth/sessions/end.ts';
import type { openSessionStores } from './session-stores.ts';

/** Nobody waits for longer than this. */
const MOST_MS = 60_000;

/**
 * Ends what as many users have, all at once, as the service does.
 * @returns how many the edge knows of, and in words how it went
 */
export async function signOutAtOnce(
  stores: ReturnType<typeof openSessionStores>,
  userIds: UserId[],
): Promise<{ told: number; words: string }> {
  const began = stores.clock.now();
  const ends = await Promise.all(
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
  const told = ends.filter(({ last }) => last === 'told').length;
  const atOnce = ends.filter(({ first }) => first === 'told').length;
  const slowest = Math.max(...ends.map(({ ms }) => ms));
  return { told, words: `${atOnce} told within what a person waits, the last one after ${slowest} ms` };
}
