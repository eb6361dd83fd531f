import t from 'tap';
import { deriveUserId } from '../../../core/user-id.ts';
import { LOGGER } from '../../../services/auth/logger.ts';
import { parseJson, send } from '../../support/client.ts';
import { startMisbehavingProvider } from './support/misbehaving-provider.ts';
import { attemptLogin, startService, startStore } from './support/service.ts';

await startStore(t);

t.test("if the issuer's address changes, USER_ID_ISSUER keeps ids, owners and sign-outs", async (t) => {
  const before = await startMisbehavingProvider(t);
  const after = await startMisbehavingProvider(t);
  const moved = { USER_ID_ISSUER: before.issuer };
  const owning = { USER_ID_CLAIM: 'employee' };
  for (const [changes, claims, id] of [
    [{}, {}, deriveUserId(before.issuer, 'alice')],
    [owning, { employee: 'E-1' }, 'E-1'],
  ] as const) {
    const old = await startService(t, before.issuer, changes);
    t.equal((await attemptLogin(old, before, { claims })).answer.status, 302, JSON.stringify(changes));
    const service = await startService(t, after.issuer, { ...changes, ...moved });
    const { jar, answer } = await attemptLogin(service, after, { claims });
    t.equal(answer.status, 302, JSON.stringify(changes));
    const shown = () => send(jar, `${service.origin}/auth/session`);
    t.match(await parseJson(await shown()), { user: { id } }, JSON.stringify(changes));
    const logout_token = await after.logoutToken('alice', Math.floor(Date.now() / 1_000));
    const body = new URLSearchParams({ logout_token });
    t.equal(
      (await fetch(`${service.origin}/auth/backchannel-logout`, { method: 'POST', body })).status,
      200,
      JSON.stringify(changes),
    );
    t.equal((await shown()).status, 401, JSON.stringify(changes));
  }
  const without = await startService(t, after.issuer, owning);
  const { code } = await attemptLogin(without, after, { claims: { employee: 'E-1' } });
  t.equal(code, 'user_id_taken', 'the same subject of another issuer is another person');
});

t.test('a second subject is refused, and the audit log names the id that it wanted', async (t) => {
  const provider = await startMisbehavingProvider(t);
  const lines: { event?: string }[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) };
  const service = await startService(
    t,
    provider.issuer,
    { USER_ID_CLAIM: 'employee' },
    { ...LOGGER, stream },
  );
  const login = async (subject: string) =>
    (await attemptLogin(service, provider, { subject, claims: { employee: 'E-2' } })).code;
  t.strictSame([await login('first'), await login('second')], [undefined, 'user_id_taken']);
  const [refused, ...more] = lines.filter(({ event }) => event === 'login_refused');
  t.match(refused, { audit: true, code: 'user_id_taken', userId: 'E-2' });
  t.strictSame(more, []);
});
