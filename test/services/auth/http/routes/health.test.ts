import t from 'tap';
import { parseJson } from '../../../../support/client.ts';
import { startMisbehavingProvider } from '../../support/misbehaving-provider.ts';
import { startService, startStore } from '../../support/service.ts';

t.test('readyz names the parts that are down, livez never fails', async (t) => {
  const store = await startStore(t);
  const provider = await startMisbehavingProvider(t);
  const { origin, deps } = await startService(t, provider.issuer);
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
  await store.closeKeyValueStore();
  laterMs = 10_300;
  const began = Date.now();
  t.strictSame(await down(), ['sessions', 'files', 'identityProvider', 'revocations']);
  t.ok(Date.now() - began < 3_000, 'within its timeouts');
  t.equal((await fetch(`${origin}/livez`)).status, 200);
  const probe = await fetch(`${origin.replace('localhost', '127.0.0.1')}/livez`);
  t.equal(probe.status, 200, 'under any name');
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
    t.equal(statusCode, 503);
    t.match(body, '{"status":"not ready","down":["sessions"],');
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
