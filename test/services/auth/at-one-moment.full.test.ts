import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { signIn } from '../../support/client.ts';
import { startRotatingProvider } from './support/rotating-provider.ts';
import { serviceSettings, startStore } from './support/service.ts';
import { startServiceProcess } from './support/service-process.ts';

/** An answer of the provider is good for one second. This is one second more. */
const UNTIL_DUE_MS = 2_000;

/** Two processes renew each of these sessions at one moment, in each round. No refresh token may be used twice. */
async function renewAtOneMoment(t: Test, sessions: number, rounds: number): Promise<void> {
  await startStore(t);
  const settings = await serviceSettings('', { PROVIDER_RECHECK_SECONDS: '1' });
  const redirectUris = [`${settings['APP_ORIGIN']}/auth/callback`];
  const provider = await startRotatingProvider(t, { redirectUris });
  const one = await startServiceProcess(t, provider.issuer, { ...settings, OIDC_ISSUER: provider.issuer });
  const { PORT: _port, APP_ORIGIN: _origin, ...shared }: Record<string, string> = one.settings;
  const two = await startServiceProcess(t, provider.issuer, shared);
  t.not(one.child.pid, two.child.pid);
  const users = [];
  for (let i = 0; i < sessions; i++) {
    const { jar } = await signIn({ appOrigin: one.origin }, `user-${i}`);
    users.push({ jar, dueMs: Date.now() + UNTIL_DUE_MS });
  }

  const renew = async (origin: string, cookie: string) => {
    const headers = { origin, cookie };
    return (await fetch(`${origin}/auth/refresh`, { method: 'POST', headers })).status;
  };
  const seen = new Map<number, number>();
  for (let round = 0; round < rounds; round++) {
    for (const user of users) {
      await sleep(Math.max(0, user.dueMs - Date.now()));
      const cookie = `__Host-session=${user.jar.get('__Host-session')}`;
      for (const status of await Promise.all([renew(one.origin, cookie), renew(two.origin, cookie)]))
        seen.set(status, (seen.get(status) ?? 0) + 1);
      user.dueMs = Date.now() + UNTIL_DUE_MS;
    }
  }
  t.strictSame(Object.fromEntries(seen), { 200: 2 * sessions * rounds });
  t.equal(new Set(provider.asked).size, provider.asked.length, 'none twice');
  t.ok(provider.asked.length >= sessions * rounds, `${provider.asked.length} questions`);
  t.equal(provider.refusals(), 0);
}

t.setTimeout(600_000);

t.test('two processes renew one session at one moment, 300 times: no refresh token is used twice', (t) =>
  renewAtOneMoment(t, 60, 5),
);
