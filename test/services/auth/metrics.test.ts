import { once } from 'node:events';
import { get } from 'node:http';
import t from 'tap';
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
