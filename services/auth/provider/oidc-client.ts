import * as client from 'openid-client';
import type { Clock } from '../table/clock.ts';
import { createKeyVerifier, SIGNATURE_ALGORITHMS, type VerifyJwt } from './keys.ts';

export interface OidcClientOptions {
  oidcIssuer: string;
  oidcClientId: string;
  /** A public client has no secret. */
  oidcClientSecret?: string;
  oidcTokenEndpointAuthMethod: 'client_secret_basic' | 'client_secret_post' | 'none';
  /** `askMs` limits a refresh. `providerMs` limits every other call. */
  limits: { keysMs: number; providerMs: number; askMs: number };
  clock: Clock;
  /** @throws GatewayError provider_unavailable */
  readMetadata(): Promise<client.ServerMetadata>;
}

export interface DiscoveredProvider {
  metadata: client.ServerMetadata;
  verify: VerifyJwt;
  /** This client, for every call but a refresh. */
  config: client.Configuration;
  /** The same with the time that a refresh may take. */
  refreshing: client.Configuration;
}

/**
 * This client at its provider. The provider is discovered at the first use, and again after a failure. A provider that
 * is down therefore does not keep the service from starting.
 * @throws GatewayError provider_unavailable
 */
export function createOidcClient(options: OidcClientOptions): () => Promise<DiscoveredProvider> {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcClientSecret: clientSecret, limits } = options;
  const authMethod = options.oidcTokenEndpointAuthMethod;
  let discovered: Promise<DiscoveredProvider> | undefined;

  function configure(metadata: client.ServerMetadata, timeoutMs: number): client.Configuration {
    const authentication =
      authMethod === 'none' || clientSecret === undefined
        ? client.None()
        : authMethod === 'client_secret_post'
          ? client.ClientSecretPost(clientSecret)
          : clientSecretBasic(clientSecret);
    // The provider may sign by an algorithm that its metadata does not name.
    const server = { ...metadata, id_token_signing_alg_values_supported: SIGNATURE_ALGORITHMS };
    const config = new client.Configuration(server, clientId, clientSecret, authentication);
    config.timeout = timeoutMs / 1_000;
    // Plain http is accepted only from a provider on this machine. The configuration checks that.
    if (issuer.startsWith('http:')) client.allowInsecureRequests(config);
    return config;
  }

  async function connect(): Promise<DiscoveredProvider> {
    const metadata = await options.readMetadata();
    return {
      metadata,
      verify: createKeyVerifier(metadata.jwks_uri ?? '', options),
      config: configure(metadata, limits.providerMs),
      refreshing: configure(metadata, limits.askMs),
    };
  }

  return () => {
    discovered ??= connect().catch((error: unknown) => {
      discovered = undefined;
      throw error;
    });
    return discovered;
  };
}

/**
 * Encodes the credentials by RFC 6749, section 2.3.1 and appendix B. The library's own function also escapes `-` and
 * `_`. Some providers, such as glewlwyd, do not decode the credentials, and compare them with the plain secret.
 */
function clientSecretBasic(clientSecret: string): client.ClientAuth {
  const formEncode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);
  return (_server, { client_id: clientId }, _body, headers) => {
    const credentials = Buffer.from(`${formEncode(clientId)}:${formEncode(clientSecret)}`).toString('base64');
    headers.set('authorization', `Basic ${credentials}`);
  };
}
