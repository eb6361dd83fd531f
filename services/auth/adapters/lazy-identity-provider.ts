import { lazily } from '../domain/lazily.ts';
import type { IdentityProvider } from '../domain/ports.ts';
import { discover } from './discovery.ts';
import type { createOidc, OidcOptions } from './oidc.ts';

/** An OpenID provider. The libraries that talk to it are loaded at the first sign-in. */
export function createIdentityProvider(options: OidcOptions): IdentityProvider {
  let loaded: ReturnType<typeof createOidc> | undefined;
  let knownOrigin: string | undefined;
  const oidc = lazily(async () => {
    const { createOidc } = await import('./oidc.ts');
    loaded = createOidc(options);
    return loaded;
  });
  return {
    authorizationUrl: async (request) => (await oidc()).authorizationUrl(request),
    exchange: async (callbackUrl, request) => (await oidc()).exchange(callbackUrl, request),
    endSessionUrl: async (idToken, state) => (await oidc()).endSessionUrl(idToken, state),
    refresh: async (refreshToken, untilMs) => (await oidc()).refresh(refreshToken, untilMs),
    revoke: async (refreshToken) => (await oidc()).revoke(refreshToken),
    readLogoutToken: async (rawToken) => (await oidc()).readLogoutToken(rawToken),
    readNativeToken: async (rawToken, nonce) => (await oidc()).readNativeToken(rawToken, nonce),
    endSessionOrigin: () => loaded?.endSessionOrigin() ?? knownOrigin,
    async check() {
      const { end_session_endpoint: endpoint } = await discover(
        options.oidcIssuer,
        options.limits.providerMs,
      );
      knownOrigin = endpoint === undefined ? undefined : new URL(endpoint).origin;
    },
  };
}
