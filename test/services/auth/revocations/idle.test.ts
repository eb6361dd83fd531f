import t from 'tap';
import type { EdgeStore } from '../../../../services/auth/domain/ports.ts';
import { startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { createRevoking } from '../support/revoking.ts';
import { startService, startStore } from '../support/service.ts';

/** AWS bills each call of the KeyValueStore. */
function counted(edge: EdgeStore) {
  const calls: string[] = [];
  return {
    calls,
    edge: {
      describe: () => {
        calls.push('describe');
        return edge.describe();
      },
      write: (...given) => {
        calls.push('write');
        return edge.write(...given);
      },
    } satisfies EdgeStore,
  };
}

t.test('an hour of idle schedule: no call; one sign-out: two, and two when its entry goes', async (t) => {
  let calls: string[] = [];
  const { schedule, memory, signOut, until, wait } = createRevoking(({ edge }) => {
    const counting = counted(edge);
    calls = counting.calls;
    return counting;
  });
  const idle = async (seconds: number) => {
    for (let passed = 0; passed < seconds; passed += 15) {
      t.match(await until(schedule.run(15_000)), { failures: 0, untoldSeconds: 0 });
      await wait(15);
    }
    return calls.splice(0);
  };
  t.strictSame(await idle(3_600), []);
  t.equal(await signOut('alice'), 'told');
  t.strictSame(calls.splice(0), ['describe', 'write']);
  t.strictSame(await idle(3_600), ['describe', 'write']);
  t.strictSame(await memory.users.expired(Number.MAX_SAFE_INTEGER, 1), []);
  t.strictSame(await idle(3_600), []);
});

t.test('a thousand health checks, each with a look of its own: no call', async (t) => {
  await startStore(t);
  const provider = await startMisbehavingProvider(t);
  const { app, deps, stores, origin } = await startService(t, provider.issuer);
  deps.objects.list = async () => ({ files: [] });
  deps.identityProvider.check = async () => {};
  const { calls, edge } = counted(stores.edge);
  Object.assign(stores.edge, edge);
  const { monotonicMs } = deps.clock;
  let laterMs = 0;
  deps.clock.monotonicMs = () => monotonicMs() + laterMs;
  for (let look = 0; look < 1_000; look++) {
    laterMs += deps.limits.checkedMs;
    const answer = await app.inject({ url: '/readyz', headers: { host: new URL(origin).host } });
    if (answer.statusCode !== 200) t.fail(answer.body);
  }
  t.strictSame(calls, []);
});
