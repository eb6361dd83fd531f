import t from 'tap';
import { listenOnLoopback } from '../../../../edge/local/loopback.ts';
import { createIdentityProvider } from '../../../../services/auth/adapters/lazy-identity-provider.ts';
import type { OidcOptions } from '../../../../services/auth/adapters/oidc.ts';
import { SYSTEM_CLOCK } from '../../../../services/auth/surroundings.ts';
import { startMisbehavingProvider } from '../support/misbehaving-provider.ts';

const provider = await startMisbehavingProvider(t);
const revoked: [authorization: string | undefined, body: string][] = [];
const revocation = await listenOnLoopback(async (request, response) => {
  revoked.push([request.headers.authorization, (await request.toArray()).join('')]);
  response.writeHead(200).end();
}, 0);
t.teardown(() => revocation.close(0));

const create = (changes: Partial<OidcOptions> = {}) =>
  createIdentityProvider({
    ...{
      issuer: provider.issuer,
      clientId: 'gateway',
      clientSecret: 'secret',
      authMethod: 'client_secret_basic',
    },
    ...{
      scopes: 'openid',
      nativeClientIds: [],
      logoutStyle: 'standard',
      requiredClaims: [],
      wantedClaims: [],
    },
    ...{ redirectUri: 'http://app/auth/callback', postLogoutRedirectUri: 'http://app/auth/signed-out' },
    ...{ limits: { keysMs: 100, providerMs: 5_000, askMs: 5_000 }, clock: SYSTEM_CLOCK },
    ...changes,
  });

t.test('a refresh token is revoked where the provider can', async (t) => {
  provider.is({});
  await create().revoke('a-token');
  t.strictSame(revoked, [], 'it has no endpoint for that');
  provider.is({ metadata: { revocation_endpoint: `http://localhost:${revocation.port}/revoke` } });
  await create().revoke('a-token');
  const basic = `Basic ${Buffer.from('gateway:secret').toString('base64')}`;
  t.strictSame(revoked, [[basic, 'token_type_hint=refresh_token&token=a-token']]);
});

t.test('the origin that signs people out is that of the last look at the provider', async (t) => {
  const [oidc, loaded] = [create(), create()];
  t.equal(oidc.endSessionOrigin(), undefined);
  for (const [endpoint, origin] of [
    ['https://one.example/end', 'https://one.example'],
    ['https://two.example/end', 'https://two.example'],
    [undefined, undefined],
  ]) {
    provider.is({ metadata: { end_session_endpoint: endpoint } });
    await oidc.check();
    t.equal(oidc.endSessionOrigin(), origin, `${endpoint}`);
  }
  provider.is({});
  await loaded.revoke('a-token');
  t.equal(loaded.endSessionOrigin(), 'https://sign-out.example', 'a call looks too');
  provider.is({ metadata: { issuer: 'https://another.example' } });
  await t.rejects(loaded.check(), { code: 'provider_unavailable' }, 'each check looks again');
  t.equal(loaded.endSessionOrigin(), 'https://sign-out.example');
});

t.test('the provider is discovered once, and again after a failure', async (t) => {
  provider.is({ metadata: { issuer: 'https://another.example' } });
  const oidc = create();
  await t.rejects(oidc.revoke('a-token'), { code: 'provider_unavailable' });
  provider.is({});
  const before = provider.discoveries();
  await oidc.revoke('a-token');
  await oidc.revoke('a-token');
  t.equal(provider.discoveries(), before + 1);
});

/** Whom a refresh names, or the code of its failure. */
async function namedBy(misbehavior: Parameters<typeof provider.is>[0], changes: Partial<OidcOptions> = {}) {
  provider.is({ refreshTokens: true, ...misbehavior });
  try {
    const refreshed = await create(changes).refresh('a-token', Number.POSITIVE_INFINITY);
    return (await refreshed?.identify())?.subjects;
  } catch (error) {
    return Object(error).code;
  }
}

t.test('the tokens of a refresh name a person if they are for this client', async (t) => {
  t.strictSame(await namedBy({}), ['alice']);
  t.strictSame(await namedBy({ claims: { azp: 'gateway' } }), ['alice']);
  t.equal(await namedBy({ claims: { azp: 'another' } }), 'login_failed');
  t.equal(await namedBy({ claims: { aud: 'another' } }), 'login_failed');
  t.strictSame(await namedBy({ userInfo: 'down' }, { wantedClaims: ['groups'] }), ['alice'], 'only wanted');
  t.equal(await namedBy({ userInfo: 'down' }, { requiredClaims: ['groups'] }), 'login_failed');
  const metadata = { userinfo_endpoint: undefined };
  t.strictSame(await namedBy({ metadata }, { requiredClaims: ['groups'] }), ['alice'], 'nobody else to ask');
  t.equal(await namedBy({ clientSecret: 'another' }), 'login_failed', 'the fault is not the token');
  const userInfo = { sub: 'bob', groups: [] };
  t.strictSame(await namedBy({ userInfo }, { wantedClaims: ['groups'] }), ['alice', 'bob'], 'both count');
});

t.test('a refresh is sent until its time is over', async (t) => {
  provider.is({ refreshTokens: true });
  const clock = { ...SYSTEM_CLOCK, now: () => 1_000 };
  const asked = provider.tokenRequests.length;
  await t.rejects(create({ clock }).refresh('a-token', 999), { code: 'provider_unavailable' });
  t.equal(provider.tokenRequests.length, asked);
  t.ok(await create({ clock }).refresh('a-token', 1_000));
  provider.is({});
  t.equal(await create().refresh('a-token', Date.now() + 60_000), undefined, 'invalid_grant');
});

t.test('whoever leaves takes the ID token along, unless the provider has not its key any more', async (t) => {
  provider.is({});
  const idToken = await provider.nativeToken();
  const hintOf = async () => {
    const url = await create().endSessionUrl(idToken, 'state');
    return url?.searchParams.get('id_token_hint');
  };
  t.equal(await hintOf(), idToken);
  provider.is({ keys: 'down' });
  t.equal(await hintOf(), idToken, 'nobody knows');
  provider.is({});
  provider.rotate('ES256');
  provider.forgetOldKeys();
  t.equal(await hintOf(), null);
});

/** A whole sign-in at such a time. @returns the subject, or the code of the refusal */
async function signInAt(nowMs: number, misbehavior: Parameters<typeof provider.is>[0]) {
  provider.is(misbehavior);
  const oidc = create({ clock: { ...SYSTEM_CLOCK, now: () => nowMs } });
  const request = { state: 's', nonce: 'n', codeVerifier: 'v'.repeat(43) };
  const answer = await fetch(await oidc.authorizationUrl(request), { redirect: 'manual' });
  try {
    return (await oidc.exchange(new URL(answer.headers.get('location') ?? ''), request)).subject;
  } catch (error) {
    return Object(error).code;
  }
}

t.test('an ID token is of the last ten minutes, with a minute for clocks that differ', async (t) => {
  const iat = Math.floor(Date.now() / 1_000);
  for (const [age, wanted] of [
    [601, 'login_failed'],
    [600, 'alice'],
    [0, 'alice'],
    [-60, 'alice'],
    [-61, 'login_failed'],
  ] as const) {
    const claims = { iat, exp: iat + 3_600 };
    t.equal(await signInAt((iat + age) * 1_000, { claims }), wanted, `${age} s`);
  }
  const nowMs = iat * 1_000;
  t.equal(await signInAt(nowMs, { claims: { azp: 'another' } }), 'login_failed');
  t.equal(await signInAt(nowMs, { claims: { azp: 'gateway' } }), 'alice');
});
