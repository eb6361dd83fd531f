import t from 'tap';
import { createRevoking } from '../support/revoking.ts';

t.test('a holder of the lease that died, and then the clock steps back by ten minutes', async (t) => {
  let onLook = () => {};
  const { memory, clock, teller, signOut, untold, until } = createRevoking(({ lease }) => ({
    lease: {
      ...lease,
      read: async () => {
        const number = await lease.read();
        onLook();
        return number;
      },
    },
  }));
  const { now } = clock;
  // The clock steps before the second look at the lease, which is then earlier than the first one by this clock.
  const stepAtSecondLook = () => {
    let looks = 0;
    clock.now = now;
    onLook = () => {
      looks++;
      if (looks === 2) clock.now = () => now() - 600_000;
    };
  };
  await memory.lease.swap(undefined, 'a process that died');
  stepAtSecondLook();
  t.equal(await signOut('alice'), 'told');

  await memory.lease.swap(undefined, 'another one that died');
  await untold('bob');
  stepAtSecondLook();
  const sinceMs = clock.monotonicMs();
  t.equal(await until(teller.drain(10_000)), 1);
  t.ok(clock.monotonicMs() - sinceMs < 2_000);
});

t.test('a run of the schedule ends in its time although the clock steps back', async (t) => {
  let looks = 0;
  const { clock, teller, untold, until } = createRevoking(({ lease }) => ({
    // Another process holds the lease, and is busy.
    lease: { ...lease, swap: async () => false, read: async () => `${looks++}` },
  }));
  await untold('alice');
  const { now } = clock;
  const sinceMs = clock.monotonicMs();
  const draining = teller.drain(5_000);
  clock.now = () => now() - 600_000;
  t.equal(await until(draining), 0);
  t.ok(clock.monotonicMs() - sinceMs < 8_000, `${clock.monotonicMs() - sinceMs} ms`);
});
