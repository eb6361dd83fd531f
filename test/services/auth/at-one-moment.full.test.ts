import t from 'tap';
import { signIn } from '../../support/client.ts';
import { startRotatingProvider } from './support/rotating-provider.ts';
import { serviceSettings, startService, startStore } from './support/service.ts';

const SESSIONS = 50;
const ROUNDS = 20;

await startStore(t);
t.setTimeout(600_000);

t.test(
  'two processes renew one session at one moment, 1,000 times: no refresh token is used twice',
  async (t) => {
    const settings = await serviceSettings('', { PROVIDER_RECHECK_SECONDS: '1' });
    const redirectUris = [`${settings['APP_ORIGIN']}/auth/callback`];
    const provider = await startRotatingProvider(t, { redirectUris });
    const of = { ...settings, OIDC_ISSUER: provider.issuer };
    const one = await startService(t, provider.issuer, of);
    const { PORT: _port, APP_ORIGIN: _origin, ...shared }: Record<string, string> = of;
    const two = await startService(t, provider.issuer, shared);
    const users = [];
    for (let i = 0; i < SESSIONS; i++) users.push(await signIn({ appOrigin: one.origin }, `user-${i}`));

    const renew = async (origin: string, cookie: string) => {
      const headers = { origin, cookie };
      return (await fetch(`${origin}/auth/refresh`, { method: 'POST', headers })).status;
    };
    const seen = new Map<number, number>();
    for (let round = 0; round < ROUNDS; round++) {
      // As long as the last answer is good.
      await one.deps.clock.sleep(2_000);
      for (const { jar } of users) {
        const cookie = `__Host-session=${jar.get('__Host-session')}`;
        for (const status of await Promise.all([renew(one.origin, cookie), renew(two.origin, cookie)]))
          seen.set(status, (seen.get(status) ?? 0) + 1);
      }
    }
    t.strictSame(Object.fromEntries(seen), { 200: 2 * SESSIONS * ROUNDS });
    t.equal(new Set(provider.asked).size, provider.asked.length, 'none twice');
    t.ok(provider.asked.length >= SESSIONS * ROUNDS, `${provider.asked.length} questions`);
    t.equal(provider.refusals(), 0);
  },
);
