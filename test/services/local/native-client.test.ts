import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import t from 'tap';
import { approveDevice, idTokenByDevice } from '../../support/bearer.ts';
import { parseJson } from '../../support/client.ts';
import { browser, start } from './support/identity-provider.ts';

const { provider, issuer } = await start();
t.teardown(() => provider.close());
const native = await oidc.discovery(new URL(issuer), 'native', undefined, oidc.None(), {
  execute: [oidc.allowInsecureRequests],
});

t.test('device flow: a code, a person at the form, and an ID token with the e-mail', async (t) => {
  const claims = decodeJwt(await idTokenByDevice(issuer, 'alice', 'native'));
  t.match(claims, {
    ...{ iss: issuer, aud: 'native', sub: 'alice', name: 'alice', groups: ['everyone'] },
    ...{ email: 'alice@example.test', email_verified: true },
  });
  t.notOk('nonce' in claims);
  t.equal(Number(claims.exp) - Number(claims.iat), 3_600, 'an hour');
});

t.test('two ID tokens of one second are two', async (t) => {
  const tokens = await Promise.all(
    Array.from({ length: 4 }, () => idTokenByDevice(issuer, 'alice', 'native')),
  );
  t.equal(new Set(tokens).size, tokens.length);
});

t.test('device flow: the pages, and a code that is wrong', async (t) => {
  const started = await fetch(`${issuer}/device/auth`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: 'native', scope: 'openid' }),
  });
  const {
    expires_in,
    user_code = '',
    verification_uri = '',
  } = await parseJson<Record<string, string>>(started);
  t.equal(expires_in, 600, 'ten minutes');
  const page = await (await fetch(verification_uri, { headers: { 'accept-language': 'ja' } })).text();
  t.match(page, '<html lang="ja">');
  t.match(page, /<input[^>]*aria-label="コード"/);
  t.notMatch(page, 'onfocus', 'the policy of the page lets no script run');
  await t.rejects(approveDevice(verification_uri, { user_code: 'AAAA-AAAA' }), /stuck/, 'it is asked again');
  t.match(await approveDevice(verification_uri, { user_code, login: 'bob' }), 'Go back to your device');
});

t.test('a loopback redirect on any port, with PKCE and without a secret', async (t) => {
  const verifier = oidc.randomPKCECodeVerifier();
  const asked = {
    redirect_uri: 'http://127.0.0.1:54321/callback',
    scope: 'openid email',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    nonce: 'n',
  };
  const user = browser(issuer);
  const form = await user.go(oidc.buildAuthorizationUrl(native, asked).href);
  const back = await user.go(form.url, { login: 'alice', password: '' });
  t.match(back.url, /^http:\/\/127\.0\.0\.1:54321\/callback\?code=/);
  const checks = { pkceCodeVerifier: verifier, expectedNonce: 'n' };
  const tokens = await oidc.authorizationCodeGrant(native, new URL(back.url), checks);
  t.match(tokens.claims(), { aud: 'native', sub: 'alice', email: 'alice@example.test', nonce: 'n' });

  const again = await user.go(oidc.buildAuthorizationUrl(native, asked).href);
  t.match(await again.response.text(), 'name="login"', 'a person is asked each time (RFC 8252, section 8.6)');
  const { code_challenge: _, ...plain } = asked;
  for (const wrong of [plain, { ...asked, redirect_uri: 'http://evil.example/callback' }]) {
    const refused = await user.go(oidc.buildAuthorizationUrl(native, wrong).href);
    t.notMatch(refused.url, /code=/, JSON.stringify(wrong));
  }
});
