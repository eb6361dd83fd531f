import { once } from 'node:events';
import { get } from 'node:http';
import t from 'tap';
import { GatewayError } from '../../../core/errors.ts';
import { parseUserId } from '../../../core/user-id.ts';
import { withoutSessions } from '../../../services/auth/domain/live-sessions.ts';
import { createMetrics, listenForMetrics } from '../../../services/auth/http/metrics.ts';
import { startMisbehavingProvider } from './support/misbehaving-provider.ts';
import { change, nowEpoch, seedSession } from './support/seed-session.ts';
import { startService, startStore } from './support/service.ts';

t.test(
  'the state of the edge is measured: changes that it was not told, how long telling took, how full it is',
  async (t) => {
    const store = await startStore(t);
    const provider = await startMisbehavingProvider(t);
    const { deps, stores } = await startService(t, provider.issuer);
    const figures = async () => {
      const text = (await deps.metrics?.registry.metrics()) ?? '';
      const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
      return {
        untold: figure('edge_untold_seconds'),
        bytes: figure('edge_store_bytes'),
        told: figure('edge_told_seconds_count'),
        toldSeconds: figure('edge_told_seconds_sum'),
      };
    };
    const none = { untold: 0, bytes: Number.NaN, told: 0, toldSeconds: 0 };
    t.strictSame(await figures(), none, 'no call was made yet');
    const userId = parseUserId('measured');
    await seedSession(stores.users, userId);
    // A change noted a minute ago. The edge does not know of it yet.
    await change(stores.users, userId, (user) => withoutSessions(user, () => true, nowEpoch() - 60));
    const { untold } = await figures();
    t.ok(untold >= 60 && untold < 90, `${untold} s`);
    const report = await deps.schedule.run(10_000);
    t.match(report, { entries: 1, untoldSeconds: 0, storeBytes: Number });
    const { token: _token, ...session } = await seedSession(stores.users, userId);
    await deps.sessions.endById(userId, session.id).then((ended) => ended?.edge);
    const after = await figures();
    t.equal(after.untold, 0);
    t.equal(after.told, 1);
    t.ok(after.toldSeconds > 0 && after.toldSeconds < 30, `${after.toldSeconds} s`);
    t.equal(after.bytes, store.keyValueStore.describe().totalBytes);
    stores.due.untold = () => Promise.reject(new Error('the table does not answer'));
    t.strictSame((await figures()).untold, Number.NaN, 'no old value for a table that does not answer');
  },
);

t.test(
  'all counters are there from the start, and each look at the edge gives all its figures',
  async (t) => {
    const metrics = createMetrics();
    const read = async (pattern: RegExp) =>
      (await metrics.registry.metrics()).split('\n').filter((line) => pattern.test(line));
    const steps = ['read', 'invalid', 'full', 'note', 'logout', 'settle', 'made', 'run'];
    t.strictSame(
      await read(/^revocation_failures_total/),
      steps.map((step) => `revocation_failures_total{step="${step}"} 0`),
    );
    t.strictSame(
      await read(/^link_openings_total/),
      ['opened', 'link_over', 'password_needed', 'wrong_password', 'too_many_requests'].map(
        (outcome) => `link_openings_total{outcome="${outcome}"} 0`,
      ),
    );
    metrics.countRechecks()('ended');
    t.strictSame(
      await read(/^provider_rechecks_total/),
      ['alive} 0', 'ended} 1', 'failed} 0'].map(
        (each) => `provider_rechecks_total{outcome="${each.replace('}', '"}')}`,
      ),
    );
    metrics.onAnswered({ operation: 'page', status: 200 }, 250);
    t.strictSame(await read(/^http_request_duration_seconds_sum/), [
      'http_request_duration_seconds_sum{operation="page",status="200"} 0.25',
    ]);
    let looks = 0;
    const setAsideByStep = { read: 0, invalid: 0, full: 1, note: 0, logout: 0, settle: 0, made: 0 };
    metrics.watchEdge(async () => {
      looks++;
      return {
        ...{ entries: 0, storeBytes: 5, untoldSeconds: 7, isWell: true, setAside: 1 },
        setAsideByStep,
      };
    });
    t.strictSame(await read(/^edge_(?:store|untold).* \d/), ['edge_store_bytes 5', 'edge_untold_seconds 7']);
    t.strictSame(
      [looks, (await read(/^revocations_set_aside.* [1-9]/))[0]],
      [1, 'revocations_set_aside{step="full"} 1'],
    );
    t.equal(looks, 2);
  },
);

t.test('what is set aside, and what failed, is counted by step', async (t) => {
  await startStore(t);
  const provider = await startMisbehavingProvider(t);
  const { deps, stores } = await startService(t, provider.issuer);
  const userId = parseUserId('unreadable');
  await seedSession(stores.users, userId);
  await change(stores.users, userId, (user) => withoutSessions(user, () => true, nowEpoch()));
  const { read } = stores.users;
  stores.users.read = () => Promise.reject(new GatewayError('store_unavailable'));
  t.match(await deps.schedule.run(10_000), { failures: 1 });
  const figures = async () =>
    ((await deps.metrics?.registry.metrics()) ?? '')
      .split('\n')
      .filter((line) => /^revocation.* [1-9]/.test(line));
  t.strictSame(await figures(), [
    'revocation_failures_total{step="read"} 1',
    'revocations_set_aside{step="read"} 1',
  ]);
  stores.users.read = read;
  stores.edge.write = () => Promise.reject(new Error('the KeyValueStore does not answer'));
  const { monotonicMs } = deps.clock;
  deps.clock.monotonicMs = () => monotonicMs() + 1_000;
  await deps.schedule.run(10_000);
  t.strictSame(await figures(), [
    'revocation_failures_total{step="read"} 1',
    'revocation_failures_total{step="run"} 1',
    'revocations_set_aside{step="read"} 1',
  ]);
});

t.test('times are in seconds, and a clock that is behind is negative', async (t) => {
  const metrics = createMetrics();
  metrics.onTold(1_500);
  metrics.onAnswered({ operation: 'login', status: 302 }, 250);
  metrics.watchClock(() => -62);
  const text = await metrics.registry.metrics();
  t.match(text, /^edge_told_seconds_sum 1\.5$/m);
  t.match(text, /^http_request_duration_seconds_sum\{operation="login",status="302"\} 0\.25$/m);
  t.match(text, /^clock_wrong_seconds -62$/m);
});

t.test(
  'the figures are served once the port is open; a port that is taken is an error, a figure that is not there is 500',
  async (t) => {
    const host = '127.0.0.1';
    const { registry } = createMetrics();
    const server = await listenForMetrics(registry, { host, port: 0 });
    t.teardown(() => server.close());
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('it does not listen');
    const again = listenForMetrics(createMetrics().registry, { host, port: address.port });
    await t.rejects(again, { code: 'EADDRINUSE' });
    t.equal(server.requestTimeout, 5_000);
    const url = `http://${host}:${address.port}/metrics`;
    const status = async () => (await fetch(url)).status;
    t.equal(await status(), 200);
    t.equal((await fetch(url, { method: 'POST' })).status, 404);
    const statusAs = async (name: string, of = address.port, at = host) => {
      const [answer] = await once(
        get({ host: at, port: of, path: '/metrics', headers: { host: name } }),
        'response',
      );
      return answer.resume().statusCode;
    };
    t.strictSame([await statusAs(`[::1]:${address.port}`), await statusAs('evil.example')], [200, 404]);
    const other = await listenForMetrics(createMetrics().registry, { host: '127.0.0.2', port: 0 });
    t.teardown(() => other.close());
    const at = other.address();
    const otherPort = typeof at === 'object' ? at?.port : 0;
    t.equal(await statusAs('metrics.internal', otherPort, '127.0.0.2'), 200, 'a name of the own network');
    registry.metrics = () => Promise.reject(new Error('a figure cannot be read'));
    t.equal(await status(), 500);
  },
);
