import { lazyMethods } from '../lazily.ts';
import { discover } from './discovery.ts';
import type { createOidc, OidcOptions } from './oidc.ts';

export interface IdentityProvider extends ReturnType<typeof createOidc> {
  /** The origin of the provider's end-session endpoint. Undefined if it is not known yet. */
  endSessionOrigin(): string | undefined;
  /** Reads the provider's metadata. */
  check(): Promise<unknown>;
}

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
