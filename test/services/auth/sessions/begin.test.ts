import t from 'tap';
import { deriveUserId } from '../../../../core/user-id.ts';
import { MAX_SESSIONS } from '../../../../services/auth/domain/session.ts';
import { send } from '../../../support/client.ts';
import { change, nowEpoch } from '../support/seed-session.ts';
import { attemptLogin, beginLogin, callback, startService } from '../support/service.ts';
import { startOf, startSessions } from '../support/sessions.ts';

const { store, provider, service, stores, session, show } = await startSessions(t);

t.test('a login that a logout-all overtakes', async (t) => {
  const raced = await startService(t, provider.issuer);
  const { write } = raced.stores.users;
  raced.stores.users.write = async (...given) => {
    raced.stores.users.write = write;
    await raced.deps.sessions.endAll(given[0]);
    return write(...given);
  };
  const { code, jar } = await attemptLogin(raced, provider, { subject: 'late' });
  t.equal(code, 'login_expired');
  t.notOk(jar.get('__Host-session'), 'nothing is half signed in');
  t.equal((await attemptLogin(raced, provider, { subject: 'late' })).answer.status, 302);
});

t.test('a login whose store answer is lost makes one session', async (t) => {
  const raced = await startService(t, provider.issuer);
  const { write } = raced.stores.users;
  raced.stores.users.write = async (...given) => {
    raced.stores.users.write = write;
    await write(...given);
    // The answer of the first write was lost, so the SDK repeats the write. Its condition does not hold any more.
    return false;
  };
  const { answer, jar } = await attemptLogin(raced, provider, { subject: 'lost-answer' });
  t.equal(answer.status, 302);
  const { user } = await stores.users.read(deriveUserId(provider.issuer, 'lost-answer'));
  t.equal(user.sessions.length, 1);
  t.equal((await send(jar, `${raced.origin}/auth/session`)).status, 200);
});

t.test('sixty logins in a minute have sixty starts; in an hour there is a limit', async (t) => {
  const attempts = await Promise.all(Array.from({ length: 12 }, async () => beginLogin(service)));
  provider.is({ subject: 'sixty' });
  const starts = new Set<unknown>();
  for (const { jar, callbackUrl } of attempts) starts.add(startOf((await callback(jar, callbackUrl)).answer));
  const userId = deriveUserId(provider.issuer, 'sixty');
  for (let i = 0; i < 48; i++) starts.add(String((await session(userId)).start));
  t.equal(starts.size, 60);
  await change(stores.users, userId, (known) => ({ ...known, lastStart: nowEpoch() - 30 }));
  t.equal((await attemptLogin(service, provider, { subject: 'sixty' })).code, 'too_many_logins');
});

t.test('with a hundred live sessions, the one used longest ago ends as by logout', async (t) => {
  const userId = deriveUserId(provider.issuer, 'many');
  const now = nowEpoch();
  const idle = await session(userId, { lastUsedAtEpoch: now - 1_800 });
  for (let i = 1; i < MAX_SESSIONS; i++) await session(userId, { lastUsedAtEpoch: now - 60 });
  t.equal((await show(idle.headers)).status, 200);
  t.equal((await attemptLogin(service, provider, { subject: 'many' })).answer.status, 302);
  t.equal((await show(idle.headers)).status, 401);
  t.equal(store.keyValueStore.get(userId), `0,${idle.start},|0,`, 'at the edge, too, before the answer');
  t.equal((await stores.users.read(userId)).user.sessions.length, MAX_SESSIONS);
});

t.test('an id from a claim belongs to the first subject that brought it', async (t) => {
  const byClaim = await startService(t, provider.issuer, { USER_ID_CLAIM: 'employee' });
  const login = (subject: string) =>
    attemptLogin(byClaim, provider, { subject, claims: { employee: 'E-9' } });
  const owner = await login('owner');
  t.equal(owner.answer.status, 302);
  const other = await login('other');
  t.strictSame([other.code, other.answer.status], ['user_id_taken', 403]);
  // The refused person signs out at the provider. This must not affect the owner.
  const body = new URLSearchParams({ logout_token: await provider.logoutToken('other', nowEpoch()) });
  t.equal((await fetch(`${byClaim.origin}/auth/backchannel-logout`, { method: 'POST', body })).status, 200);
  t.equal((await send(owner.jar, `${byClaim.origin}/auth/session`)).status, 200);
  t.equal((await login('owner')).answer.status, 302);
});
