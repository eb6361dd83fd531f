import { decodeJwt } from 'jose';
import t from 'tap';
import { deriveUserId } from '../../../../core/user-id.ts';
import { CookieJar, parseJson, send } from '../../../support/client.ts';
import { missing } from '../../../support/missing.ts';
import { GLEWLWYD, GLEWLWYD_SCHEMA, startGlewlwyd } from '../support/glewlwyd.ts';
import { serviceSettings, startService, startStore } from '../support/service.ts';

interface SessionAnswer {
  user: object;
  cookies: { expiresAt: string };
}

for (const authMethod of ['client_secret_basic', 'client_secret_post']) {
  t.test(
    `glewlwyd, ${authMethod}: sign-in, renewal, sign-out there too`,
    { skip: missing(GLEWLWYD, GLEWLWYD_SCHEMA) },
    async (t) => {
      await startStore(t);
      const settings = await serviceSettings('');
      const { APP_ORIGIN: origin = '', OIDC_CLIENT_SECRET: clientSecret = '' } = settings;
      const provider = await startGlewlwyd(t, {
        clientId: 'gateway',
        clientSecret,
        redirectUri: `${origin}/auth/callback`,
        postLogoutRedirectUri: `${origin}/auth/signed-out`,
        isParRequired: authMethod === 'client_secret_post',
      });
      const { issuer } = provider;
      const { deps } = await startService(t, issuer, {
        ...settings,
        OIDC_ISSUER: issuer,
        OIDC_SCOPES: 'openid',
        OIDC_TOKEN_ENDPOINT_AUTH_METHOD: authMethod,
      });
      const there = new CookieJar();
      const jar = new CookieJar();

      /** The address at the provider to which the service sends a browser for a sign-in. */
      const authorize = async () => {
        const login = await send(jar, `${origin}/auth/login?return_to=/here`);
        // The provider's own page adds this parameter once the person is signed in and has agreed.
        const answer = await send(there, `${login.headers.get('location')}&g_continue`);
        return answer.headers.get('location') ?? '';
      };
      const post = (path: string) =>
        send(jar, origin + path, { method: 'POST', headers: { origin, accept: 'application/json' } });

      t.match(await authorize(), /login\.html/, 'nobody is signed in there');
      const alice = { username: 'alice', password: 'alice-password' };
      t.equal((await provider.call(there, 'POST', '/auth/', alice)).status, 200);
      t.equal((await provider.call(there, 'PUT', '/auth/grant/gateway', { scope: 'openid' })).status, 200);
      const callbackUrl = await authorize();
      t.match(callbackUrl, `iss=${encodeURIComponent(issuer)}`, 'RFC 9207');
      const callback = await send(jar, callbackUrl);
      t.equal(callback.headers.get('location'), '/here', await callback.text());
      const session = await parseJson<SessionAnswer>(await send(jar, `${origin}/auth/session`));
      t.match(session.user, { name: 'Alice', email: 'alice@example.test' });

      const refresh = await post('/auth/refresh');
      t.equal(refresh.status, 200);
      t.strictSame((await parseJson<SessionAnswer>(refresh)).user, session.user);
      t.match(refresh.headers.getSetCookie().join('\n'), /^CloudFront-Policy=[^;]{20,};.*Path=\/users\//m);

      const { now } = deps.clock;
      let laterMs = 0;
      deps.clock.now = () => now() + laterMs;
      const rechecked = async () => {
        // The session is used meanwhile, so that it is never idle for an hour.
        laterMs += 3_000_000;
        await post('/auth/refresh');
        laterMs += 600_000;
        const { status } = await post('/auth/refresh');
        return status;
      };
      await provider.rotateKey();
      t.equal(await rechecked(), 200, 'by a token that is good once');
      t.equal(await rechecked(), 200);
      await provider.revokeTokens(there);
      // The provider answers 400 without a body, which is not `invalid_grant`.
      t.equal(await rechecked(), 200);
      laterMs = 0;
      await provider.rotateKey();
      t.equal((await send(jar, await authorize())).status, 302, 'a sign-in right after that');

      const { redirect_to } = await parseJson<{ redirect_to: string }>(await post('/auth/logout'));
      t.equal((await send(jar, `${origin}/auth/session`)).status, 401);
      const endSession = new URL((await send(jar, origin + redirect_to)).headers.get('location') ?? '');
      t.equal(endSession.origin + endSession.pathname, `${issuer}/end_session`);
      const hint = decodeJwt(endSession.searchParams.get('id_token_hint') ?? '');
      t.match(session.user, { id: deriveUserId(issuer, hint.sub ?? '') });
      // The provider asks the person. Its page then makes these two calls.
      const asked = await send(there, endSession.href);
      t.match(asked.headers.get('location'), /login\.html.*end_session/);
      t.equal((await provider.call(there, 'DELETE', `/oidc/session/${hint['sid']}/`)).status, 200);
      t.equal((await provider.call(there, 'DELETE', '/auth/')).status, 200);
      t.match(await authorize(), /login\.html/, 'nobody is signed in there any more');
    },
  );
}
