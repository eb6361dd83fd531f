import * as client from 'openid-client';
import type { Clock } from '../table/clock.ts';
import { isInvalidClient } from './error.ts';
import { createProviderKeys, type ProviderKeys, SIGNATURE_ALGORITHMS } from './keys.ts';

export interface OidcClientOptions {
  oidcIssuer: string;
  oidcClientId: string;
  /** A public client has no secret. */
  oidcClientSecret?: string;
  oidcClientSecretPrevious?: string;
  oidcTokenEndpointAuthMethod: 'client_secret_basic' | 'client_secret_post' | 'none';
  /** `askMs` limits a refresh. `providerMs` limits every other call. */
  limits: { keysMs: number; providerMs: number; askMs: number };
  clock: Clock;
  /** @throws GatewayError provider_unavailable */
  readMetadata(): Promise<client.ServerMetadata>;
}

export interface DiscoveredProvider {
  metadata: client.ServerMetadata;
  keys: ProviderKeys;
  config: client.Configuration;
  /**
   * Sends a request as this client. If the provider does not take the present secret, the request is sent again with
   * the secret before it.
   */
  asClient<T>(ask: (config: client.Configuration) => Promise<T>, kind?: 'call' | 'refresh'): Promise<T>;
}

/**
 * This client at its provider. The provider is discovered at the first use, and again after a failure. A provider that
 * is down therefore does not keep the service from starting.
 * @throws GatewayError provider_unavailable
 */
export function createOidcClient(options: OidcClientOptions): () => Promise<DiscoveredProvider> {
  const { oidcIssuer: issuer, oidcClientId: clientId, limits } = options;
  const { oidcTokenEndpointAuthMethod: authMethod, oidcClientSecretPrevious: previousClientSecret } = options;
  let discovered: Promise<DiscoveredProvider> | undefined;

  function configure(
    metadata: client.ServerMetadata,
    clientSecret: string | undefined,
    timeoutMs: number,
  ): client.Configuration {
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
    // A configuration copies all metadata, which costs more than some calls do. So these are made once.
    const withSecret = (clientSecret: string | undefined) => ({
      call: configure(metadata, clientSecret, limits.providerMs),
      refresh: configure(metadata, clientSecret, limits.askMs),
    });
    const present = withSecret(options.oidcClientSecret);
    const before = previousClientSecret === undefined ? undefined : withSecret(previousClientSecret);
    return {
      metadata,
      keys: createProviderKeys(metadata.jwks_uri ?? '', options),
      config: present.call,
      async asClient(ask, kind = 'call') {
        try {
          return await ask(present[kind]);
        } catch (error) {
          if (before === undefined || !isInvalidClient(error)) throw error;
          return ask(before[kind]);
        }
      },
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
