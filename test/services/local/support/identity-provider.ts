import * as oidc from 'openid-client';
import { createIdentityProvider } from '../../../../services/local/identity-provider.ts';
import { generateIdentityProviderKeys } from '../../../../services/local/state.ts';
import { freePorts } from '../../../support/ports.ts';

const JWKS = generateIdentityProviderKeys();
export const APP = 'http://localhost:3000';
const SECRET = 'a client secret: with + & %';

export async function start(backchannelLogoutUri?: string) {
  const [port = 0] = await freePorts(1);
  const issuer = `http://localhost:${port}`;
  const provider = createIdentityProvider({
    issuer,
    clientId: 'gateway',
    clientSecret: SECRET,
    nativeClientIds: ['native'],
    redirectUris: [`${APP}/auth/callback`],
    postLogoutRedirectUris: [`${APP}/`],
    ...(backchannelLogoutUri === undefined ? {} : { backchannelLogoutUri }),
    jwks: JWKS,
    cookieKeys: ['a cookie key of this test'],
  });
  await provider.listen(port);
  const client = await oidc.discovery(new URL(issuer), 'gateway', undefined, oidc.ClientSecretBasic(SECRET), {
    execute: [oidc.allowInsecureRequests],
  });
  return { provider, issuer, port, client };
}

/** A browser in a few lines. It keeps cookies by name, and follows redirects within one origin. */
export function browser(origin: string) {
  const cookies = new Map<string, string>();
  async function go(
    url: string,
    form?: Record<string, string>,
  ): Promise<{ response: Response; url: string }> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split('=');
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) return { response, url };
    const next = new URL(location, url).href;
    return next.startsWith(`${origin}/`) ? go(next) : { response, url: next };
  }
  return { go };
}

export async function authorization(client: oidc.Configuration) {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const url = oidc.buildAuthorizationUrl(client, {
    redirect_uri: `${APP}/auth/callback`,
    scope: 'openid profile email',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  });
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
  return { url: url.href, checks };
}
