import t from 'tap';
import { type Misbehavior, startMisbehavingProvider } from './support/misbehaving-provider.ts';
import { attemptLogin, startService, startStore } from './support/service.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);
const FULL = { name: 'A', email: 'a@other.example', email_verified: true };

t.test('e-mail domains: only a verified address under one of them', async (t) => {
  const service = await startService(t, provider.issuer, {
    ALLOWED_EMAIL_DOMAINS: 'example.com,Example.org',
  });
  const attempt = (misbehavior: Misbehavior) => attemptLogin(service, provider, misbehavior);
  const allowed: Misbehavior[] = [
    { userInfo: { email: 'a@example.com', email_verified: true } },
    { userInfo: { email: 'A@EXAMPLE.ORG', email_verified: true } },
    { userInfo: { email: 'a@example.com', email_verified: 'true' } },
    { claims: { ...FULL, email: 'a@example.com' }, userInfo: 'down' },
  ];
  for (const misbehavior of allowed) {
    t.equal((await attempt(misbehavior)).answer.status, 302, JSON.stringify(misbehavior));
  }
  const refused: Misbehavior[] = [
    { userInfo: { email: 'a@example.com', email_verified: false } },
    { userInfo: { email: 'a@example.com' } },
    { userInfo: { email: 'a@example.com', email_verified: 'yes' } },
    { userInfo: { email: 'a@sub.example.com', email_verified: true } },
    { userInfo: { email: 'a@notexample.com', email_verified: true } },
    { userInfo: { email: 'a@example.com.evil', email_verified: true } },
    { userInfo: { email: 'a@evil@example.com', email_verified: true } },
    { userInfo: { email: 'a@example.com@evil', email_verified: true } },
    { userInfo: { email: '@example.com', email_verified: true } },
    { userInfo: { email: 'example.com', email_verified: true } },
    { userInfo: { email: ['a@example.com'], email_verified: true } },
    { userInfo: { email_verified: true } },
    // The address comes from one source, its verification from another.
    { claims: { email: 'a@other.example', email_verified: true }, userInfo: { email: 'a@example.com' } },
  ];
  for (const [index, misbehavior] of refused.entries()) {
    const { answer, code, jar } = await attempt(misbehavior);
    t.equal(code, 'not_allowed', JSON.stringify(misbehavior));
    t.equal(answer.status, 403, `row ${index}`);
    t.strictSame(jar.names(), [], 'nothing is set');
  }
  t.equal((await attempt({ userInfo: 'down' })).code, 'login_failed', 'an unknown claim is not refused');
});

t.test("one claim's value", async (t) => {
  const service = await startService(t, provider.issuer, { ALLOWED_CLAIM: 'groups=staff=1' });
  const attempt = async (groups: unknown) => {
    const { answer } = await attemptLogin(service, provider, { claims: { groups } });
    return answer.status;
  };
  t.equal(await attempt('staff=1'), 302);
  t.equal(await attempt(['guests', 'staff=1']), 302);
  for (const groups of [
    'staff',
    'staff=1 ',
    ['staff'],
    true,
    null,
    { 'staff=1': 1 },
    [['staff=1']],
    undefined,
  ]) {
    t.equal(await attempt(groups), 403, JSON.stringify(groups));
  }
});
