import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import t from 'tap';
import { logoutPage, wordsFor } from '../../../services/local/identity-provider-pages.ts';
import { idTokenByDevice } from '../../support/bearer.ts';
import { APP, authorization, browser, start } from './support/identity-provider.ts';

t.test('speaks Japanese to a browser that prefers it', async (t) => {
  const { provider, issuer, client } = await start();
  t.teardown(() => provider.close());
  for (const [language, expected] of [
    ['ja', 'ja'],
    ['fr, ja-JP;q=0.9, en;q=0.8', 'ja'],
    ['en-US,en;q=0.9,ja;q=0.8', 'en'],
  ] as const) {
    const headers = { 'accept-language': language };
    const go = async (url: string, cookie = '') =>
      fetch(url, { headers: { ...headers, cookie }, redirect: 'manual' });
    const first = await go((await authorization(client)).url);
    const cookie = first.headers.getSetCookie().map((each) => each.split(';')[0]);
    const html = await (
      await go(new URL(first.headers.get('location') ?? '', issuer).href, cookie.join('; '))
    ).text();
    t.match(html, `<html lang="${expected}">`, `${language}`);
    t.equal(/[ぁ-ん]/.test(html), expected === 'ja', language);
    t.equal(html.includes('for development'), expected === 'en', language);
    const out = logoutPage(wordsFor(language), '<form></form>').html;
    t.match(out, expected === 'ja' ? '>ログアウト</button>' : '>Sign out</button>', language);
    const error = await (await go(`${issuer}/auth?client_id=nobody`)).text();
    t.match(error, expected === 'ja' ? 'ログインできませんでした' : 'The sign-in failed', language);
  }
});

t.test('signs in any login, and a second time without asking', async (t) => {
  const { provider, issuer, client } = await start();
  t.teardown(() => provider.close());
  const user = browser(issuer);
  const first = await authorization(client);
  const page = await user.go(first.url);
  t.equal(page.response.status, 200);
  const html = await page.response.text();
  t.match(html, '<html lang="en">');
  t.match(html, 'for development');
  t.match(html, /<form method="post">.*name="login".*name="password"/s);
  t.match(page.response.headers.get('content-security-policy'), "default-src 'none'");

  const back = await user.go(page.url, { login: ' alice ', password: '' });
  const callback = new URL(back.url);
  t.equal(callback.searchParams.get('iss'), issuer, 'RFC 9207');
  const tokens = await oidc.authorizationCodeGrant(client, callback, first.checks);
  const claims = tokens.claims();
  t.match(claims, { sub: 'alice', iss: issuer, aud: 'gateway' });
  const { exp = 0, iat = 0 } = claims ?? {};
  t.strictSame([tokens.expires_in, exp - iat], [3_600, 3_600]);
  t.strictSame(await oidc.fetchUserInfo(client, tokens.access_token, 'alice'), {
    sub: 'alice',
    name: 'alice',
    groups: ['everyone'],
    email: 'alice@example.test',
    email_verified: true,
  });
  await t.rejects(oidc.authorizationCodeGrant(client, callback, first.checks), { name: 'ResponseBodyError' });

  const second = await authorization(client);
  const again = await user.go(second.url);
  const next = await oidc.authorizationCodeGrant(client, new URL(again.url), second.checks);
  t.equal(next.claims()?.sub, 'alice');
});

t.test('keeps ID tokens valid over a restart, and says nothing', async (t) => {
  const said: unknown[] = [];
  t.intercept(console, 'warn', { value: (line: unknown) => said.push(line) });
  t.intercept(console, 'info', { value: (line: unknown) => said.push(line) });
  const first = await start();
  const jwks = await (await fetch(`${first.issuer}/jwks`)).json();
  await first.provider.close();
  const second = await start();
  t.teardown(() => second.provider.close());
  t.strictSame(await (await fetch(`${second.issuer}/jwks`)).json(), jwks);
  const { keys } = jwks as { keys: Record<string, string>[] };
  t.strictSame(
    keys.map(({ alg, d }) => [alg, d]),
    [['RS256', undefined]],
  );
  t.strictSame(said, []);
});

t.test('demands PKCE with S256, the secret and a registered redirect', async (t) => {
  const { provider, issuer, client } = await start();
  t.teardown(() => provider.close());
  const user = browser(issuer);
  const { url } = await authorization(client);
  const without = new URL(url);
  without.searchParams.delete('code_challenge');
  without.searchParams.delete('code_challenge_method');
  t.match((await user.go(without.href)).url, 'error=invalid_request');
  const plain = new URL(url);
  plain.searchParams.set('code_challenge_method', 'plain');
  t.match((await user.go(plain.href)).url, 'error=invalid_request');
  const elsewhere = new URL(url);
  elsewhere.searchParams.set('redirect_uri', 'https://evil.example/<b>');
  const refused = await user.go(elsewhere.href);
  t.equal(refused.response.status, 400);
  t.notMatch(await refused.response.text(), '<b>');

  const wrong = new oidc.Configuration(
    client.serverMetadata(),
    'gateway',
    undefined,
    oidc.ClientSecretBasic('x'),
  );
  oidc.allowInsecureRequests(wrong);
  const again = await authorization(client);
  const back = await user.go((await user.go(again.url)).url, { login: 'bob', password: 'x' });
  await t.rejects(oidc.authorizationCodeGrant(wrong, new URL(back.url), again.checks), {
    code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE',
  });
});

/** A sign-in that has begun: the address of its form, and the cookies that belong to it. */
async function openForm(client: Parameters<typeof authorization>[0], issuer: string) {
  const { headers } = await fetch((await authorization(client)).url, { redirect: 'manual' });
  const cookie = headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return { cookie, form: new URL(headers.get('location') ?? '', issuer) };
}

t.test('takes no form that another site posts', async (t) => {
  const { provider, issuer, client } = await start();
  t.teardown(() => provider.close());
  const { cookie, form } = await openForm(client, issuer);
  const post = (origin: string, password = '') =>
    fetch(form, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, origin },
      body: new URLSearchParams({ login: 'mallory', password }),
    });
  const logged = t.capture(console, 'error');
  // With the names of its fields, a form of 16 KB.
  const most = 16_384 - 'login=mallory&password='.length;
  const large = await post(issuer, 'x'.repeat(most + 1));
  t.strictSame([large.status, await large.text()], [413, 'The sign-in failed.\n']);
  t.strictSame(logged(), [], 'a form that is too large is no fault of ours');
  t.equal((await post('https://evil.example')).status, 403);
  t.equal((await post('null')).status, 403);
  t.equal((await post(issuer, 'x'.repeat(most))).status, 303);
});

t.test('lets no page of another site read an answer', async (t) => {
  const { provider, issuer } = await start();
  t.teardown(() => provider.close());
  const body = new URLSearchParams({ client_id: 'native', scope: 'openid' });
  const headers = { origin: 'https://evil.example' };
  const answer = await fetch(`${issuer}/device/auth`, { method: 'POST', body, headers });
  t.equal(answer.headers.get('access-control-allow-origin'), null);
});

t.test('answers under its own name only', async (t) => {
  const { provider, port } = await start();
  t.teardown(() => provider.close());
  for (const host of [`evil.example:${port}`, `127.0.0.1:${port}`, 'localhost']) {
    const sent = request({
      host: '127.0.0.1',
      port,
      path: '/.well-known/openid-configuration',
      headers: { host },
    });
    sent.end();
    const [response] = await once(sent, 'response');
    response.resume();
    t.equal(response.statusCode, 421, host);
  }
});

t.test('ends the session and tells the client over the back channel', async (t) => {
  const tokens: string[] = [];
  const app = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    tokens.push(new URLSearchParams(body).get('logout_token') ?? '');
    response.end();
  });
  app.listen(0, '127.0.0.1');
  await once(app, 'listening');
  t.teardown(() => app.close());
  const address = app.address();
  const appPort = typeof address === 'object' ? address?.port : 0;
  const { provider, issuer, client } = await start(`http://localhost:${appPort}/auth/backchannel-logout`);
  t.teardown(() => provider.close());

  const user = browser(issuer);
  const { url, checks } = await authorization(client);
  const back = await user.go((await user.go(url)).url, { login: 'alice', password: '' });
  const signedIn = await oidc.authorizationCodeGrant(client, new URL(back.url), checks);
  const end = oidc.buildEndSessionUrl(client, {
    id_token_hint: signedIn.id_token ?? '',
    post_logout_redirect_uri: `${APP}/`,
    state: 'bye',
  });
  const page = await user.go(end.href);
  const html = await page.response.text();
  t.match(html, /<button name="logout" value="yes">/, 'without scripts there is a button');
  const hash = page.response.headers.get('content-security-policy') ?? '';
  t.match(hash, /script-src 'sha256-/);
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
  const action = /action="([^"]+)"/.exec(html)?.[1] ?? '';
  t.equal((await user.go(action, { xsrf, logout: 'yes' })).url, `${APP}/?state=bye`);

  const claims = JSON.parse(Buffer.from(tokens[0]?.split('.')[1] ?? '', 'base64url').toString());
  t.match(claims, { iss: issuer, aud: 'gateway', sub: 'alice', sid: signedIn.claims()?.['sid'] });
  t.type(claims.sid, 'string');
  t.match(
    (await user.go((await authorization(client)).url)).url,
    '/interaction/',
    'it asks for the login again',
  );
});

t.test('calls no other machine over the back channel', async (t) => {
  const failures: unknown[] = [];
  t.intercept(console, 'error', { value: (...line: unknown[]) => failures.push(line) });
  const { provider, issuer, client } = await start('https://files.example.test/backchannel');
  t.teardown(() => provider.close());
  const user = browser(issuer);
  const { url } = await authorization(client);
  await user.go((await user.go(url)).url, { login: 'alice', password: '' });
  const page = await user.go(`${issuer}/session/end`);
  const html = await page.response.text();
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
  const done = await user.go(`${issuer}/session/end/confirm`, { xsrf, logout: 'yes' });
  t.equal(done.response.status, 200);
  t.match(await done.response.text(), 'You are signed out');
  t.match(String(failures), 'this machine only');
});

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
