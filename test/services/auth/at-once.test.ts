import t, { type Test } from 'tap';
import { type Crowd, signOutAtOnce } from './support/crowd.ts';

/** A call to the KeyValueStore takes 100 ms. A call to the table takes 3 to 12 ms. */
async function judge(t: Test, crowd: Crowd, { lastToldMs = 2_000, p99Ms = 2_500 } = {}) {
  const report = await signOutAtOnce(crowd);
  t.comment(JSON.stringify(report));
  t.equal(report.lost, 0);
  t.ok(report.lastToldMs <= lastToldMs, `the last was told after ${report.lastToldMs} ms`);
  t.ok(report.p99Ms <= p99Ms, `99 of 100 were answered within ${report.p99Ms} ms`);
  return report;
}

t.test('50 sign-outs at once, by instances that freeze after their answer', async (t) => {
  const { pending } = await judge(t, { signOuts: 50, users: 50 }, { p99Ms: 2_000 });
  t.equal(pending, 0);
});

t.test('400 of them need no schedule', async (t) => {
  await judge(t, { signOuts: 400, users: 400 }, { lastToldMs: 6_000 });
});

t.test('what is left of 800 of them is told by the next run of the schedule', async (t) => {
  const crowd = { signOuts: 800, users: 800, isScheduled: true };
  const { pending } = await judge(t, crowd, { lastToldMs: 6_000 });
  t.ok(pending > 0, `${pending} were left`);
});

t.test('500 by ten processes that go on living', async (t) => {
  const crowd = { signOuts: 500, users: 500, instances: 10, outlivesRequests: true };
  await judge(t, crowd, { lastToldMs: 6_000 });
});

t.test('50 sessions of one user, whose one item accepts only so many writes a second', async (t) => {
  await judge(t, { signOuts: 50, users: 1 }, { lastToldMs: 6_000, p99Ms: 6_000 });
});

t.test('the same by one process', async (t) => {
  const crowd = { signOuts: 50, users: 1, instances: 1, outlivesRequests: true };
  await judge(t, crowd, { lastToldMs: 6_000, p99Ms: 6_000 });
});

t.test('50 while 10,000 expired entries are removed: sign-outs come first', async (t) => {
  const report = await judge(t, { signOuts: 50, users: 50, expired: 10_000 }, { p99Ms: 3_000 });
  t.equal(report.left, 0);
  t.ok(report.goneMs <= 36_000, `gone after ${report.goneMs} ms; 10,000 in two minutes`);
});
