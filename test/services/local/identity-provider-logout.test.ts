import { once } from 'node:events';
import { createServer } from 'node:http';
import * as oidc from 'openid-client';
import t from 'tap';
import { APP, authorization, browser, start } from './support/identity-provider.ts';

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
