import { SESSION_LIFETIME_SECONDS } from '../../../../core/time-bounds.ts';
import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import type { FailedItem } from '../../../../services/auth/edge/failures.ts';
import { createEdgeTeller } from '../../../../services/auth/edge/teller.ts';
import { createSchedule } from '../../../../services/auth/schedule.ts';
import { changeRecord } from '../../../../services/auth/sessions/change-record.ts';
import { withoutSessions } from '../../../../services/auth/sessions/live.ts';
import { TIME_LIMITS } from '../../../../services/auth/settings/time-limits.ts';
import { createMemoryStores, type MemoryStores, NO_DELETION } from './memory-stores.ts';
import { seedSession } from './seed-session.ts';
import { createVirtualTime } from './virtual-time.ts';

/**
 * One process that tells the edge, with stores in memory and a clock that moves on when all code waits.
 * @param outlivesRequests whether the process goes on after it has answered
 */
export function createRevoking(
  change: (stores: MemoryStores) => Partial<MemoryStores> = () => ({}),
  memory = createMemoryStores(),
  outlivesRequests = true,
) {
  const time = createVirtualTime();
  const { clock } = time;
  const stores = { ...memory, ...change(memory) };
  const failures: (FailedItem | undefined)[] = [];
  const onEdgeError = (_error: unknown, failed?: FailedItem) => void failures.push(failed);
  const teller = createEdgeTeller({
    ...stores,
    clock,
    limits: TIME_LIMITS,
    outlivesRequests,
    onEdgeError,
  });
  const schedule = createSchedule({ ...stores, teller, deletion: NO_DELETION, clock });
  const users = { users: memory.users, clock };
  const nowEpoch = () => Math.floor(clock.now() / 1_000);
  /** Ends all sessions of a user in the record. The edge is not told. */
  const end = (userId: UserId) =>
    changeRecord(users, userId, (user) => withoutSessions(user, () => true, nowEpoch()));

  /** A session that is live by this clock. */
  const begin = (userId: UserId) =>
    seedSession(memory.users, userId, {
      lastUsedAtEpoch: nowEpoch(),
      expiresAtEpoch: nowEpoch() + SESSION_LIFETIME_SECONDS,
    });

  async function leave(name: string) {
    const userId = parseUserId(name);
    await begin(userId);
    return teller.tell(userId, await end(userId));
  }

  return {
    ...{ memory, stores, teller, schedule, failures, clock, nowEpoch, end },
    until: time.until,
    wait: (seconds: number) => time.until(clock.sleep(seconds * 1_000)),
    /** Each has a session that ended, and the edge does not know it. */
    async untold(...names: string[]): Promise<UserId[]> {
      const userIds = names.map(parseUserId);
      for (const userId of userIds) {
        await begin(userId);
        await end(userId);
      }
      return userIds;
    },
    leave,
    signOut: (name: string) => time.until(leave(name)),
  };
}

export function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index}`);
}
