import { randomBytes } from 'node:crypto';
import t from 'tap';
import {
  createIdentityProvider,
  generateIdentityProviderKeys,
} from '../../../services/local/identity-provider.ts';
import { send, signIn } from '../../support/client.ts';
import { freePortVariables } from '../../support/test-stack.ts';
import { startMisbehavingProvider } from './support/misbehaving-provider.ts';
import { attemptLogin, beginLogin, callback, startService, startStore } from './support/service.ts';

await startStore(t);
const jwks = generateIdentityProviderKeys();

for (const authMethod of ['client_secret_basic', 'client_secret_post']) {
  t.test(`${authMethod}: the client secret is replaced on either side first`, async (t) => {
    const ports = await freePortVariables();
    const appOrigin = `http://localhost:${ports['APP_PORT']}`;
    const issuer = `http://localhost:${ports['IDP_PORT']}`;
    const provider = createIdentityProvider({
      ...{ issuer, clientId: 'gateway', clientSecret: 'the secret that the provider knows', jwks },
      redirectUris: [`${appOrigin}/auth/callback`],
      postLogoutRedirectUris: [`${appOrigin}/auth/signed-out`],
      cookieKeys: ['a cookie key of this test'],
    });
    await provider.listen(Number(ports['IDP_PORT']));
    t.teardown(() => provider.close());
    const start = (secrets: Record<string, string>) =>
      startService(t, issuer, {
        ...{ APP_ORIGIN: appOrigin, PORT: ports['APP_PORT'] ?? '' },
        OIDC_TOKEN_ENDPOINT_AUTH_METHOD: authMethod,
        ...secrets,
      });
    const wrong = await start({ OIDC_CLIENT_SECRET: 'another' });
    await t.rejects(signIn({ appOrigin }, 'alice'), /login_failed/);
    await wrong.app.close();
    const both = await start({
      OIDC_CLIENT_SECRET: 'one that the provider does not know yet',
      OIDC_CLIENT_SECRET_PREVIOUS: 'the secret that the provider knows',
    });
    t.equal((await signIn({ appOrigin }, 'alice')).callback.status, 302);
    await both.app.close();
    const after = await start({
      OIDC_CLIENT_SECRET: 'the secret that the provider knows',
      OIDC_CLIENT_SECRET_PREVIOUS: 'one that the provider does not know any more',
    });
    t.equal((await signIn({ appOrigin }, 'alice')).callback.status, 302);
    await after.app.close();
  });
}

t.test('LOGIN_SECRET is replaced while a sign-in is under way, and while a session lives', async (t) => {
  const provider = await startMisbehavingProvider(t);
  const ports = await freePortVariables();
  const origin = `http://localhost:${ports['APP_PORT']}`;
  const [before, now] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')];
  const start = (secrets: Record<string, string>) =>
    startService(t, provider.issuer, { APP_ORIGIN: origin, PORT: ports['APP_PORT'] ?? '', ...secrets });
  const old = await start({ LOGIN_SECRET: before });
  const bob = await attemptLogin(old, provider, { subject: 'bob' });
  const begun = await beginLogin(old);
  await old.app.close();
  const rotated = await start({ LOGIN_SECRET: now, LOGIN_SECRET_PREVIOUS: before });
  const left = await send(bob.jar, `${origin}/auth/logout`, { method: 'POST', headers: { origin } });
  const onward = await send(bob.jar, origin + left.headers.get('location'));
  t.match(
    onward.headers.get('location'),
    /^https:\/\/sign-out\.example\/end\?.*id_token_hint=ey/,
    'the sealed ID token is read',
  );
  t.equal((await callback(begun.jar, begun.callbackUrl)).answer.status, 302, 'the sign-in that began before');
  t.equal((await send(begun.jar, `${origin}/auth/session`)).status, 200);
  await rotated.app.close();
});
