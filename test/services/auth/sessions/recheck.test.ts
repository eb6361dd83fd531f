import t, { type Test } from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import { listenOnLoopback } from '../../../../edge/local/loopback.ts';
import { TIME_LIMITS } from '../../../../services/auth/settings/time-limits.ts';
import { LOGGER } from '../../../../services/auth/wiring/logger.ts';
import { parseJson, type SignedInUser, send, signIn } from '../../../support/client.ts';
import { startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { startRotatingProvider } from '../support/rotating-provider.ts';
import { attemptLogin, serviceSettings, startService, startStore } from '../support/service.ts';

const store = await startStore(t);
t.setTimeout(120_000);

/** Here a renewal waits for the provider as long as it takes: its limit is judged in one test. */
const LIMITS = { ...TIME_LIMITS, keysMs: 100, recheckMs: 10_000 };

async function start(
  t: Test,
  changes: Record<string, string> = {},
  options: Omit<Parameters<typeof startRotatingProvider>[1], 'redirectUris'> = {},
  limits = LIMITS,
) {
  const settings = await serviceSettings('', { PROVIDER_RECHECK_SECONDS: '60', ...changes });
  const redirectUris = [`${settings['APP_ORIGIN']}/auth/callback`];
  const provider = await startRotatingProvider(t, { redirectUris, ...options });
  const lines: { event?: string; msg?: string; code?: string }[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) };
  const of = { ...settings, OIDC_ISSUER: provider.issuer };
  const service = await startService(t, provider.issuer, of, { ...LOGGER, stream }, limits);
  const { clock } = service.deps;
  const { now, monotonicMs } = clock;
  let laterMs = 0;
  clock.now = () => now() + laterMs;
  clock.monotonicMs = () => monotonicMs() + laterMs;
  return {
    ...{ provider, service, lines },
    signIn: (login: string) => signIn({ appOrigin: service.origin }, login),
    later(seconds: number): void {
      laterMs += seconds * 1_000;
    },
    refresh: async (user: SignedInUser) => (await user.post('/auth/refresh')).status,
    /** How many questions failed, as the log tells. */
    failures: () => lines.filter(({ msg }) => msg?.startsWith('the provider could not be asked')).length,
    entry: ({ id }: SignedInUser) => store.keyValueStore.get(id),
  };
}

t.test(
  'a person who is disabled, or whose sessions all ended at the provider, is out at the next recheck',
  async (t) => {
    const { provider, service, lines, signIn, later, refresh, failures, entry } = await start(t);
    const [alice, bob] = [await signIn('alice'), await signIn('bob')];
    t.strictSame([await refresh(alice), provider.asked.length], [200, 0], 'too early');
    for (let round = 1; round <= 3; round++) {
      later(61);
      t.strictSame([await refresh(alice), provider.asked.length], [200, round]);
    }
    t.equal(new Set(provider.asked).size, 3, 'each refresh token once');
    provider.disabled.add('alice');
    later(61);
    const answer = await alice.post('/auth/refresh');
    t.match([answer.status, await answer.json()], [401, { code: 'no_session' }]);
    t.match(answer.headers.getSetCookie().join(), 'CloudFront-Policy=;');
    // On a busy machine the edge is told after the answer.
    while (!entry(alice)) await service.deps.clock.sleep(50);
    t.equal((await alice.request(`${new URL(answer.url).origin}/auth/session`)).status, 401);
    const [ended, ...more] = lines.filter(({ event }) => event === 'ended_at_recheck');
    t.match(ended, { audit: true, userId: alice.id, code: 'invalid_grant' });
    t.strictSame(more, []);
    provider.logOutAll();
    later(61);
    t.equal(await refresh(bob), 401);
    t.strictSame([lines.filter(({ event }) => event === 'ended_at_recheck').length, failures()], [2, 0]);
  },
);

t.test('claims that no longer pass end the session: of the ID token, else of userinfo', async (t) => {
  for (const conformIdTokenClaims of [false, true]) {
    const { provider, lines, signIn, later, refresh } = await start(
      t,
      { ALLOWED_CLAIM: 'groups=staff' },
      { configuration: { conformIdTokenClaims } },
    );
    for (const [login, groups] of [
      ['carol', ['guests']],
      ['dave', undefined],
    ] as const) {
      provider.claims.set(login, { groups: ['staff'] });
      const user = await signIn(login);
      later(61);
      t.equal(await refresh(user), 200, login);
      provider.claims.set(login, groups === undefined ? {} : { groups });
      later(61);
      t.equal(await refresh(user), 401, `${login}, ${conformIdTokenClaims}`);
    }
    const ended = lines.filter(({ event }) => event === 'ended_at_recheck').map(({ code }) => code);
    t.strictSame(ended, ['not_allowed', 'not_allowed'], `${conformIdTokenClaims}`);
  }
});

t.test(
  'a provider that is down, broken or slow leaves the session alone, and delays it by its limit at most',
  async (t) => {
    const hasty = { ...LIMITS, recheckMs: 500 };
    const { provider, lines, service, signIn, later, refresh, failures } = await start(t, {}, {}, hasty);
    const user = await signIn('alice');
    let failed = 0;
    for (const fault of ['status 500', 'a cut connection', 'no answer'] as const) {
      provider.meets(fault);
      later(61);
      const begun = performance.now();
      t.equal(await refresh(user), 200, fault);
      const tookMs = performance.now() - begun;
      t.ok(tookMs < hasty.recheckMs + 2_000, `${fault}: ${tookMs} ms`);
      if (fault !== 'no answer') t.equal(failures(), ++failed, fault);
    }
    t.match(
      lines.find(({ msg }) => msg?.startsWith('the provider could not be asked')),
      { level: 40 },
    );
    provider.meets(undefined);
    const before = provider.asked.length;
    t.equal(await refresh(user), 200);
    t.equal(provider.asked.length, before, 'the question is still under way');
    later(301);
    // The provider answers after the renewal, and its answer counts.
    provider.delays(1_000);
    t.equal(await refresh(user), 200);
    provider.delays(0);
    const answered = async () => {
      const { users } = service.stores;
      const isAsked = async () =>
        (await users.read(parseUserId(user.id))).user.sessions.some(({ recheck }) => recheck?.asking);
      while (await isAsked()) await service.deps.clock.sleep(50);
    };
    await answered();
    later(61);
    t.equal(await refresh(user), 200, 'the new token was kept');
    await answered();
    provider.disabled.add('alice');
    later(61);
    // On a busy machine the answer may come after the renewal.
    await refresh(user);
    await answered();
    t.equal(await refresh(user), 401);
  },
);

t.test('a provider that no longer knows the client ends nobody: only a refused token does', async (t) => {
  const { provider, signIn, later, refresh } = await start(t);
  const user = await signIn('alice');
  provider.meets('invalid_client');
  later(61);
  t.equal(await refresh(user), 200);
});

t.test('half of refresh_expires_in counts if it is less; 0 seconds means never ask', async (t) => {
  const { provider, signIn, later, refresh } = await start(t, { PROVIDER_RECHECK_SECONDS: '' });
  provider.saysRefreshLives(1_800);
  const user = await signIn('alice');
  for (const [seconds, asked] of [
    [890, 0],
    [11, 1],
    [890, 1],
    [11, 2],
  ] as const) {
    later(seconds);
    t.strictSame([await refresh(user), provider.asked.length], [200, asked], `${seconds}`);
  }
  const never = await start(t, { PROVIDER_RECHECK_SECONDS: '0' });
  const bob = await never.signIn('bob');
  never.provider.disabled.add('bob');
  for (let hour = 0; hour < 5; hour++) {
    never.later(3_000);
    t.equal(await never.refresh(bob), 200);
  }
  t.strictSame(never.provider.asked, []);
});

/** Somebody is signed in, and a provider with these metadata gives refresh tokens. */
async function startMisbehaving(t: Test, metadata: Record<string, unknown> = {}) {
  const provider = await startMisbehavingProvider(t);
  provider.is({ metadata });
  const service = await startService(t, provider.issuer, { PROVIDER_RECHECK_SECONDS: '1' });
  const { clock } = service.deps;
  const { now, monotonicMs } = clock;
  let laterMs = 0;
  clock.now = () => now() + laterMs;
  clock.monotonicMs = () => monotonicMs() + laterMs;
  const { jar } = await attemptLogin(service, provider, { refreshTokens: true, metadata });
  const later = (seconds: number) => {
    laterMs += seconds * 1_000;
  };
  return { provider, service, jar, later };
}

t.test('an answer about another person ends the session; a wrong signature says nothing', async (t) => {
  const { provider, service, jar, later } = await startMisbehaving(t);
  const headers = { origin: service.origin };
  for (const [misbehavior, status] of [
    [{}, 200],
    [{ signature: 'wrong key' }, 200],
    [{ claims: { aud: 'others' } }, 200],
    [{ subject: 'mallory' }, 401],
  ] as const) {
    later(40);
    provider.is({ refreshTokens: true, ...misbehavior });
    const before = provider.tokenRequests.length;
    const answer = await send(jar, `${service.origin}/auth/refresh`, { method: 'POST', headers });
    t.strictSame(
      [answer.status, provider.tokenRequests.length - before],
      [status, 1],
      JSON.stringify(misbehavior),
    );
  }
});

t.test('the tokens are replaced, and the sign-out still leads through the provider', async (t) => {
  const { provider, service, signIn, later, refresh } = await start(t);
  const user = await signIn('alice');
  later(61);
  t.equal(await refresh(user), 200);
  const { redirect_to } = await parseJson<{ redirect_to: string }>(await user.post('/auth/logout'));
  const onward = await user.request(service.origin + redirect_to);
  t.match(onward.headers.get('location'), `${provider.issuer}/session/end?`);
  t.equal(await refresh(user), 401);
  t.equal(provider.asked.length, 1);
});

t.test('a new token that comes after the sign-out is revoked at the provider (RFC 7009)', async (t) => {
  const revoked = Promise.withResolvers<string>();
  const server = await listenOnLoopback(async (request, response) => {
    revoked.resolve((await request.toArray()).join(''));
    response.writeHead(200).end();
  }, 0);
  t.teardown(() => server.close(0));
  const metadata = { revocation_endpoint: `http://localhost:${server.port}` };
  const { service, jar, later } = await startMisbehaving(t, metadata);
  const { origin, stores } = service;
  const { replace } = stores.tokens;
  stores.tokens.replace = async (...given) => {
    await send(jar.without(''), `${origin}/auth/logout`, { method: 'POST', headers: { origin } });
    return replace(...given);
  };
  later(40);
  await send(jar.without(''), `${origin}/auth/refresh`, { method: 'POST', headers: { origin } });
  t.match(await revoked.promise, /^token_type_hint=refresh_token&token=refresh-token-\d+$/);
});
