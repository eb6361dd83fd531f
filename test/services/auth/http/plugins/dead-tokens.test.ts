import t from 'tap';
import { type CookieJar, send } from '../../../../support/client.ts';
import { startMisbehavingProvider } from '../../support/misbehaving-provider.ts';
import { attemptLogin, type Service, startService, startStore } from '../../support/service.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);

/** A browser whose session is over, and which has asked about it as often as the limit says. */
async function overdrawn(service: Service, subject: string): Promise<CookieJar> {
  const { jar } = await attemptLogin(service, provider, { subject });
  const over = jar.without('');
  const headers = { origin: service.origin };
  await send(jar, `${service.origin}/auth/logout`, { method: 'POST', headers });
  for (const status of [401, 401, 429]) {
    t.equal((await send(over.without(''), `${service.origin}/auth/session`)).status, status);
  }
  return over;
}

t.test('a browser with the cookie of a session that is over signs in again', async (t) => {
  const service = await startService(t, provider.issuer, { RATE_LIMIT_PER_MINUTE: '2' });
  const jar = await overdrawn(service, 'ann');
  const { answer, code } = await attemptLogin(service, provider, { subject: 'ann' }, { jar });
  t.strictSame([answer.status, code], [302, undefined]);
  t.equal((await send(jar, `${service.origin}/auth/session`)).status, 200);
});

t.test('a sign-out above the limit clears the cookies of a session that is over', async (t) => {
  const service = await startService(t, provider.issuer, { RATE_LIMIT_PER_MINUTE: '2' });
  const jar = await overdrawn(service, 'ben');
  const headers = { origin: service.origin };
  const answer = await send(jar, `${service.origin}/auth/logout`, { method: 'POST', headers });
  const cleared = answer.headers.getSetCookie().map((line) => line.split('=', 1)[0]);
  t.ok(cleared.includes('__Host-session'), `${answer.status}`);
});
