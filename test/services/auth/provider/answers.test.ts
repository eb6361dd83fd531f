import t from 'tap';
import { deriveUserId } from '../../../../core/user-id.ts';
import { parseJson, send } from '../../../support/client.ts';
import type { Misbehavior } from '../support/misbehaving-provider.ts';
import { attemptLogin, beginLogin, callback, startService } from '../support/service.ts';
import { cookiesSet, startSignIn } from '../support/sign-in.ts';

const { provider, service, origin, attempt, userOf } = await startSignIn(t);

const seconds = Math.floor(Date.now() / 1_000);

const badTokens: [name: string, misbehavior: Misbehavior][] = [
  ['aud of another client', { claims: { aud: 'other' } }],
  ['aud with one more and no azp', { claims: { aud: ['gateway', 'other'] } }],
  ['azp of another client', { claims: { azp: 'other' } }],
  ['azp of another client beside two audiences', { claims: { aud: ['gateway', 'other'], azp: 'other' } }],
  ['iss of another provider', { claims: { iss: 'https://evil.example' } }],
  ['exp in the past', { claims: { exp: seconds - 3_600 } }],
  ['exp missing', { claims: { exp: undefined } }],
  ['iat long past', { claims: { iat: seconds - 3_600 } }],
  ['iat in the future', { claims: { iat: seconds + 3_600 } }],
  ['iat missing', { claims: { iat: undefined } }],
  ['nonce of another sign-in', { claims: { nonce: 'other' } }],
  ['nonce missing', { claims: { nonce: undefined } }],
  ['sub missing', { claims: { sub: undefined } }],
  ['sub not text', { claims: { sub: 7 } }],
  ['signature by another key', { signature: 'wrong key' }],
  ['signature cut off', { signature: 'cut' }],
  ['alg none', { signature: 'none' }],
  ['HS256 with the public key', { signature: 'HS256 with the public key' }],
  ['sub of userinfo is another', { userInfo: { sub: 'mallory', name: 'Mallory' }, claims: {} }],
];

t.test('a wrong ID token signs nobody in', async (t) => {
  for (const [name, misbehavior] of badTokens.slice(0, -1)) {
    const { answer, code } = await attempt(misbehavior);
    t.equal(code, 'login_failed', name);
    t.equal(answer.status, 502, name);
    t.strictSame(cookiesSet(answer), [], name);
  }
});

t.test('userinfo of another subject is not shown', async (t) => {
  const { jar } = await attempt(badTokens.at(-1)?.[1]);
  const session = await parseJson<{ user: object }>(await send(jar, `${origin}/auth/session`));
  t.strictSame(session.user, { id: deriveUserId(provider.issuer, 'alice') });
});

t.test('subjects: ASCII up to 255, case counts', async (t) => {
  for (const subject of ['', 'x'.repeat(256), 'é', 'a\u0000b', '写', '\ud800']) {
    const { code, answer } = await attempt({ subject });
    t.equal(code, 'user_id_unusable', JSON.stringify(subject).slice(0, 20));
    t.strictSame(cookiesSet(answer), [], subject);
  }
  const ids = [];
  for (const subject of ['x'.repeat(255), 'Alice', 'alice'])
    ids.push(await userOf((await attempt({ subject })).jar));
  t.equal(new Set(ids).size, 3);
  t.notOk(ids.includes(undefined));
});

t.test('PKCE downgrade: S256, even if the provider claims to support only plain', async (t) => {
  provider.is({ metadata: { code_challenge_methods_supported: ['plain'] } });
  const other = await startService(t, provider.issuer);
  t.equal((await attemptLogin(other, provider)).answer.status, 302);
  t.equal(provider.authorizationRequests.at(-1)?.get('code_challenge_method'), 'S256');
});

t.test('metadata of another issuer are refused', async (t) => {
  provider.is({ metadata: { issuer: 'https://evil.example' } });
  const other = await startService(t, provider.issuer);
  const login = await fetch(`${other.origin}/auth/login`, { redirect: 'manual' });
  t.equal(login.status, 503);
  provider.is({});
  t.equal((await attemptLogin(other, provider)).answer.status, 302, 'it is asked again');
});

t.test('hostile words of a provider are not shown; the page has a code and a way back', async (t) => {
  provider.is({
    authorizationResponse: {
      code: undefined,
      error: '<script>alert(1)</script>',
      error_description: '<img src=x onerror=alert(2)>',
      error_uri: 'https://evil.example/help',
    },
  });
  const { jar, callbackUrl } = await beginLogin(service);
  const { answer } = await callback(jar, callbackUrl, { accept: 'text/html,*/*' });
  const html = await answer.text();
  t.equal(answer.status, 403);
  t.match(answer.headers.get('content-type'), 'text/html');
  t.match(html, '<code>login_refused</code>');
  t.match(html, `href="${origin}/auth/login?return_to=/"`);
  t.notMatch(html, /alert\(|evil/);
});

t.test('a token endpoint that answers nonsense, or an error', async (t) => {
  for (const text of ['<html>', '{"access_token":"x"}', '{}', 'null', '{"error":"server_error"}']) {
    const { code, answer } = await attempt({ tokenResponse: async () => text });
    t.equal(code, 'login_failed', text);
    t.strictSame(cookiesSet(answer), [], text);
  }
});

t.test('a client secret that needs escaping arrives whole (RFC 6749, appendix B)', async (t) => {
  const secret = 'a:b c%2B+&=-_.~é';
  const other = await startService(t, provider.issuer, { OIDC_CLIENT_SECRET: secret });
  t.equal((await attemptLogin(other, provider)).answer.status, 302);
  const { authorization = '' } = provider.tokenRequests.at(-1) ?? {};
  const [id, password = ''] = Buffer.from(authorization.slice(6), 'base64').toString().split(':');
  t.equal(id, 'gateway');
  t.equal(new URLSearchParams(`x=${password}`).get('x'), secret);
});
