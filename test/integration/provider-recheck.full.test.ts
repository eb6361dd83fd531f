import t from 'tap';
import { startRotatingProvider } from '../services/auth/support/rotating-provider.ts';
import { png, signIn } from '../support/client.ts';
import { freePortVariables, startTestStack } from '../support/test-stack.ts';

t.test(
  'after a person is disabled at the provider, the next recheck ends the session, and the edge refuses the cookies',
  async (t) => {
    const ports = await freePortVariables();
    const redirectUris = [`http://localhost:${ports['APP_PORT']}/auth/callback`];
    const provider = await startRotatingProvider(t, { redirectUris });
    const stack = await startTestStack(t, {
      env: {
        ...ports,
        OIDC_ISSUER: provider.issuer,
        OIDC_CLIENT_ID: 'gateway',
        OIDC_CLIENT_SECRET: 'a-secret-of-the-client',
        PROVIDER_RECHECK_SECONDS: '1',
      },
    });
    const user = await signIn(stack, 'alice');
    const { url } = await user.upload({ name: 'a.png', type: 'image/png', bytes: png() });
    const due = () => new Promise((resolve) => setTimeout(resolve, 2_000));
    await due();
    t.equal((await user.post('/auth/refresh')).status, 200);
    t.equal(provider.asked.length, 1);
    t.equal((await user.request(url)).status, 200);
    // A thief's copy: the refresh clears the browser's own cookies.
    const cookie = [
      'CloudFront-Policy',
      'CloudFront-Signature',
      'CloudFront-Key-Pair-Id',
      'CloudFront-Hash-Algorithm',
    ]
      .map((name) => `${name}=${user.jar.get(name) ?? ''}`)
      .join('; ');
    t.equal((await fetch(url, { headers: { cookie } })).status, 200);
    provider.disabled.add('alice');
    await due();
    t.equal((await user.post('/auth/refresh')).status, 401);
    const refused = await fetch(url, { headers: { cookie } });
    t.match([refused.status, await refused.json()], [403, { code: 'revoked' }]);
  },
);
