import t from 'tap';
import { sidPointer, withoutSidPointer } from '../../../../services/auth/domain/session.ts';
import { send } from '../../../support/client.ts';
import { nowEpoch } from '../support/seed-session.ts';
import { attemptLogin, startService } from '../support/service.ts';
import { startSessions } from '../support/sessions.ts';

const { provider, service, stores, origin } = await startSessions(t);

t.test("a logout of the provider's session that arrives before its login has been stored", async (t) => {
  const sid = 'session-of-the-provider';
  const pointer = sidPointer(provider.issuer, sid);
  await stores.pointers.mark(pointer, { issuedAtEpoch: nowEpoch() }, nowEpoch());
  const { code, jar } = await attemptLogin(service, provider, {
    subject: 'overtaken-login',
    claims: { sid },
  });
  t.equal(code, 'login_expired');
  t.notOk(jar.get('__Host-session'), 'nothing is half signed in');
  const other = await attemptLogin(service, provider, {
    subject: 'overtaken-login',
    claims: { sid: 'another' },
  });
  t.equal(other.answer.status, 302);
});

t.test("a logout of the provider's session between the pointer and the record of a login", async (t) => {
  const raced = await startService(t, provider.issuer);
  const sid = 'raced-session';
  const { write } = raced.stores.users;
  raced.stores.users.write = async (...given) => {
    raced.stores.users.write = write;
    await service.deps.sessions.endAtProvider({
      ...{ issuer: provider.issuer, sid, jti: 'raced', issuedAtEpoch: nowEpoch() },
    });
    return write(...given);
  };
  const { code } = await attemptLogin(raced, provider, { subject: 'raced-login', claims: { sid } });
  t.equal(code, 'login_expired');
});

t.test('a logout by the provider that is cut off is finished by the schedule', async (t) => {
  const sid = 'cut-session';
  await service.deps.schedule.run(10_000);
  for (const [subject, claims, pointer] of [
    ['cut-off', { sid }, sidPointer(provider.issuer, sid)],
    ['cut-off-without', {}, withoutSidPointer(provider.issuer, 'cut-off-without')],
  ] as const) {
    const { jar } = await attemptLogin(service, provider, { subject, claims });
    await stores.pointers.mark(pointer, { issuedAtEpoch: nowEpoch() }, nowEpoch());
    t.equal((await send(jar, `${origin}/auth/session`)).status, 200, 'the process ended here');
    t.match(await service.deps.schedule.run(10_000), { providerLogouts: 1 });
    t.equal((await send(jar, `${origin}/auth/session`)).status, 401);
    t.match(await service.deps.schedule.run(10_000), { providerLogouts: 0 }, 'once');
  }
});

t.test('with an id from a claim the provider can still end all sessions of a subject', async (t) => {
  const byClaim = await startService(t, provider.issuer, { USER_ID_CLAIM: 'employee' });
  const signIn = (employee: string) =>
    attemptLogin(byClaim, provider, { subject: 'mapped', claims: { employee } });
  const first = await signIn('E-7');
  // The value of the claim changes: from now on the subject has a second folder.
  const second = await signIn('E-77');
  t.equal(first.answer.status, 302);
  const logout = async (subject: string, issuedAtEpoch: number) => {
    const body = new URLSearchParams({ logout_token: await provider.logoutToken(subject, issuedAtEpoch) });
    return (await fetch(`${byClaim.origin}/auth/backchannel-logout`, { method: 'POST', body })).status;
  };
  const shown = async ({ jar }: { jar: typeof first.jar }) =>
    (await send(jar, `${byClaim.origin}/auth/session`)).status;
  t.strictSame([await shown(first), await shown(second)], [200, 200]);
  t.equal(await logout('mapped', nowEpoch()), 200);
  t.strictSame([await shown(first), await shown(second)], [401, 401]);
});

t.test('with an id from a claim: a logout of the subject that overtakes the first login', async (t) => {
  const byClaim = await startService(t, provider.issuer, { USER_ID_CLAIM: 'employee' });
  const issuedAtEpoch = nowEpoch() - 10;
  const logout = async (iat: number) => {
    const body = new URLSearchParams({ logout_token: await provider.logoutToken('unheard-of', iat) });
    return (await fetch(`${byClaim.origin}/auth/backchannel-logout`, { method: 'POST', body })).status;
  };
  const login = async (iat: number) => {
    const claims = { employee: 'E-8', iat };
    const { code, answer, jar } = await attemptLogin(byClaim, provider, { subject: 'unheard-of', claims });
    return { code, status: answer.status, hasSession: jar.get('__Host-session') !== undefined };
  };
  t.equal(await logout(issuedAtEpoch), 200);
  t.equal(await logout(issuedAtEpoch - 5), 200, 'an older one, late');
  for (const iat of [issuedAtEpoch - 1, issuedAtEpoch]) {
    t.strictSame(await login(iat), { code: 'login_expired', status: 400, hasSession: false }, `${iat}`);
  }
  t.match(await login(issuedAtEpoch + 1), { status: 302, hasSession: true }, 'a younger ID token');
});

t.test(
  'a logout of a subject and a sid ends sessions that came without a sid, and no other sid',
  async (t) => {
    for (const claim of [{}, { USER_ID_CLAIM: 'employee' }]) {
      const own = await startService(t, provider.issuer, claim);
      const subject = `named-twice-${Object.keys(claim)}`;
      const signIn = async (more: object) => {
        const claims = { employee: subject, ...more };
        return (await attemptLogin(own, provider, { subject, claims })).jar;
      };
      const [without, named, other] = [
        await signIn({}),
        await signIn({ sid: 'a' }),
        await signIn({ sid: 'b' }),
      ];
      const stranger = (await attemptLogin(own, provider, { subject: 'x', claims: { employee: 'X' } })).jar;
      const logout_token = await provider.logoutToken(subject, nowEpoch(), { sid: 'a' });
      const body = new URLSearchParams({ logout_token });
      t.equal((await fetch(`${own.origin}/auth/backchannel-logout`, { method: 'POST', body })).status, 200);
      const statuses = [without, named, other, stranger].map(
        async (jar) => (await send(jar, `${own.origin}/auth/session`)).status,
      );
      t.strictSame(await Promise.all(statuses), [401, 401, 200, 200]);
    }
  },
);
