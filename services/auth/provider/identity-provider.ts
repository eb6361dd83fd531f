import { lazyMethods } from '../lazily.ts';
import { discover } from './discovery.ts';
import type { OidcOptions } from './oidc.ts';
import type { IdentityProvider } from './provider.ts';

/** An OpenID provider. The libraries that talk to it are loaded at the first sign-in. */
export function createIdentityProvider(options: Omit<OidcOptions, 'readMetadata'>): IdentityProvider {
  let endSessionOrigin: string | undefined;
  async function readMetadata() {
    const metadata = await discover(options.oidcIssuer, options.limits.providerMs);
    const { end_session_endpoint: endpoint } = metadata;
    endSessionOrigin = endpoint === undefined ? undefined : new URL(endpoint).origin;
    return metadata;
  }
  const ready = { endSessionOrigin: () => endSessionOrigin, check: readMetadata };
  return lazyMethods<IdentityProvider>(
    async () => ({ ...(await import('./oidc.ts')).createOidc({ ...options, readMetadata }), ...ready }),
    ready,
  );
}
