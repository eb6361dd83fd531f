import t from 'tap';
import { parseUserId } from '../../../core/user-id.ts';
import { withoutSessions } from '../../../services/auth/domain/live-sessions.ts';
import { TIME_LIMITS } from '../../../services/auth/domain/time-limits.ts';
import { changeRecord } from '../../../services/auth/records/change-record.ts';
import { createEdgeTeller, type Told } from '../../../services/auth/revocations/edge-teller.ts';
import { createMemoryStores } from './support/memory-stores.ts';
import { seedSession } from './support/seed-session.ts';
import { createVirtualTime } from './support/virtual-time.ts';

t.test('a sign-out waits for nothing while the sign-out before it returns the lease', async (t) => {
  const { clock, until } = createVirtualTime();
  const stores = createMemoryStores();
  const { swap } = stores.lease;
  let second: Promise<Told> | undefined;
  const lease = {
    ...stores.lease,
    swap: async (expected: string | undefined, next: string | undefined) => {
      if (next === undefined) second ??= signOut('bob');
      return swap(expected, next);
    },
  };
  const teller = createEdgeTeller({
    ...{ ...stores, lease, clock, limits: TIME_LIMITS, outlivesRequests: true },
    onEdgeError: (error) => t.error(error),
  });
  const signOut = async (name: string) => {
    const user = await changeRecord({ ...stores, clock }, parseUserId(name), (known) =>
      withoutSessions(known, () => true, Math.floor(clock.now() / 1_000)),
    );
    return teller.tell(parseUserId(name), user);
  };
  for (const name of ['alice', 'bob']) await seedSession(stores.users, parseUserId(name));
  const beganMs = clock.now();
  t.equal(await until(signOut('alice')), 'told');
  while (!second) await new Promise(setImmediate);
  t.equal(await until(second), 'told');
  t.equal(clock.now() - beganMs, 0, 'the stores take no time by this clock');
});
