import t from 'tap';
import { parseJson } from '../../../../support/client.ts';
import { startMisbehavingProvider } from '../../support/misbehaving-provider.ts';
import { startService, startStore } from '../../support/service.ts';

t.test('readyz names what is down, livez never fails', async (t) => {
  const store = await startStore(t);
  const provider = await startMisbehavingProvider(t);
  const { origin } = await startService(t, provider.issuer);
  const down = async () => {
    const answer = await fetch(`${origin}/readyz`);
    t.equal(answer.status, 503);
    return (await parseJson<{ down: string[] }>(answer)).down;
  };
  // No S3 listens here; where all three do, the test of the OpenAPI document gets 200.
  t.same(await down(), ['files']);
  await provider.close();
  t.same(await down(), ['files', 'identityProvider']);
  await store.close();
  const began = Date.now();
  t.same(await down(), ['sessions', 'files', 'identityProvider']);
  t.ok(Date.now() - began < 3_000, 'within its timeouts');
  t.equal((await fetch(`${origin}/livez`)).status, 200);
  const probe = await fetch(`${origin.replace('localhost', '127.0.0.1')}/livez`);
  t.equal(probe.status, 200, 'under any name');
});

t.test('readyz does not wait for what hangs', async (t) => {
  await startStore(t);
  const provider = await startMisbehavingProvider(t);
  const { deps, app, origin } = await startService(t, provider.issuer);
  deps.objects.list = async () => ({ files: [] });
  let asked = 0;
  deps.sessions.read = () => {
    asked++;
    return new Promise(() => {});
  };
  const ask = () => app.inject({ url: '/readyz', headers: { host: new URL(origin).host } });
  const answers = await Promise.all([ask(), ask(), ask()]);
  for (const { statusCode, body } of answers) {
    t.equal(statusCode, 503);
    t.equal(body, '{"status":"not ready","down":["sessions"]}');
  }
  t.equal(asked, 1, 'three questions at once are one');
});
