import t from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import { withoutSessions } from '../../../../services/auth/sessions/live.ts';
import { parseJson } from '../../../support/client.ts';
import { startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { change, nowEpoch, seedSession } from '../support/seed-session.ts';
import { startService, startStore } from '../support/service.ts';

t.test('readyz names the parts that are down, livez never fails', async (t) => {
  const store = await startStore(t);
  const provider = await startMisbehavingProvider(t);
  const log: { msg?: string; part?: string }[] = [];
  const stream = { write: (line: string) => log.push(JSON.parse(line)) };
  const { origin, deps } = await startService(t, provider.issuer, {}, { stream });
  const { monotonicMs } = deps.clock;
  let laterMs = 0;
  deps.clock.monotonicMs = () => monotonicMs() + laterMs;
  const down = async () => {
    const answer = await fetch(`${origin}/readyz`);
    t.equal(answer.status, 503);
    const { checked, ...rest } = await parseJson<{ down: string[]; checked: string[] }>(answer);
    t.strictSame(checked, ['sessions', 'files', 'identityProvider', 'revocations', 'signer', 'clock']);
    return rest.down;
  };
  // No S3 listens here. The test of the OpenAPI document gets 200, with all parts running.
  t.strictSame(await down(), ['files']);
  await provider.close();
  t.strictSame(await down(), ['files'], 'the result of a moment ago');
  laterMs = 2_500;
  t.strictSame(await down(), ['files']);
  laterMs = 5_100;
  t.strictSame(await down(), ['files', 'identityProvider']);
  await store.close();
  laterMs = 10_300;
  const began = Date.now();
  t.strictSame(await down(), ['sessions', 'files', 'identityProvider']);
  t.ok(Date.now() - began < 3_000, 'within its timeouts');
  t.strictSame(
    log.flatMap(({ msg, part }) => (msg === 'a part that the service depends on is down' ? [part] : [])),
    ['files', 'identityProvider', 'sessions'],
    'the log says it once for each part',
  );
  t.equal((await fetch(`${origin}/livez`)).status, 200);
  const probe = await fetch(`${origin.replace('localhost', '127.0.0.1')}/livez`);
  t.equal(probe.status, 200, 'under any name');
});

t.test('readyz says what the last call of the KeyValueStore saw, and calls it not', async (t) => {
  const store = await startStore(t);
  const provider = await startMisbehavingProvider(t);
  const { deps, app, stores, origin } = await startService(t, provider.issuer);
  deps.objects.list = async () => ({ files: [] });
  const { monotonicMs, now } = deps.clock;
  let laterMs = 0;
  deps.clock.monotonicMs = () => monotonicMs() + laterMs;
  const look = async () => {
    laterMs += deps.limits.checkedMs;
    const { body } = await app.inject({ url: '/readyz', headers: { host: new URL(origin).host } });
    return JSON.parse(body);
  };
  const userId = parseUserId('seen');
  const signOut = async () => {
    await seedSession(stores.users, userId);
    await change(stores.users, userId, (user) => withoutSessions(user, () => true, nowEpoch()));
    return deps.schedule.run(15_000);
  };
  t.match(await look(), { status: 'ready', down: [], revocations: { untoldSeconds: 0 } });
  t.strictSame((await look()).revocations, { untoldSeconds: 0 }, 'no call yet');
  await signOut();
  const { revocations } = await look();
  t.equal(revocations.storeBytes, store.keyValueStore.describe().totalBytes);
  t.ok(Math.abs(Date.parse(revocations.lastSeen) - Date.now()) < 60_000);

  const { write } = stores.edge;
  stores.edge.write = () => Promise.reject(new Error('200, and no ETag'));
  await signOut();
  t.match(await look(), { status: 'not ready', down: ['revocations'] });
  stores.edge.write = write;
  await deps.schedule.run(15_000);
  t.match(await look(), { status: 'ready' });

  // A call that is not answered counts as well.
  const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  stores.edge.write = async (...given) => {
    asked.resolve();
    await answered.promise;
    return write(...given);
  };
  const running = signOut();
  await asked.promise;
  t.match(await look(), { down: ['revocations'] });
  answered.resolve();
  await running;
  t.match(await look(), { status: 'ready' });

  // Somebody else has not been told for a minute.
  await change(stores.users, userId, (user) => ({
    ...{ ...user, changes: user.changes + 1 },
    pendingSinceEpoch: nowEpoch(),
  }));
  t.match(await look(), { status: 'ready' });
  deps.clock.now = () => now() + 62_000;
  const late = await look();
  t.match(late, { down: ['revocations'] });
  t.ok(late.revocations.untoldSeconds > 60);
  await deps.schedule.run(15_000);
  t.match(await look(), { status: 'ready', revocations: { untoldSeconds: 0 } });
});

t.test('readyz does not wait for a part that hangs', async (t) => {
  await startStore(t);
  const provider = await startMisbehavingProvider(t);
  const { deps, stores, app, origin } = await startService(t, provider.issuer);
  deps.objects.list = async () => ({ files: [] });
  let asked = 0;
  stores.users.read = () => {
    asked++;
    return new Promise(() => {});
  };
  const ask = () => app.inject({ url: '/readyz', headers: { host: new URL(origin).host } });
  const answers = await Promise.all([ask(), ask(), ask()]);
  for (const { statusCode, body } of answers) {
    t.equal(statusCode, 503, body);
    t.match(body, '{"status":"not ready","down":["sessions"],', body);
  }
  t.equal(asked, 1, 'three questions at once are one question');
});

t.test('a signing key that does not answer is named', async (t) => {
  await startStore(t);
  const provider = await startMisbehavingProvider(t);
  const { deps, app, origin } = await startService(t, provider.issuer);
  deps.checks = { signer: () => Promise.reject(new Error('no answer')) };
  const { body } = await app.inject({ url: '/readyz', headers: { host: new URL(origin).host } });
  t.match(body, '"down":["signer"]');
});
