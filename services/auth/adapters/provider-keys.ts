import {
  createLocalJWKSet,
  decodeProtectedHeader,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyOptions,
  errors as joseErrors,
  jwtVerify,
} from 'jose';
import { GatewayError } from '../../../core/errors.ts';
import type { Clock } from '../domain/ports.ts';

/**
 * Signatures that only the provider's private key can make. Algorithms with a shared secret, and `none`, are left out.
 */
export const SIGNATURE_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
/** A key that the provider has removed is still accepted for this long. */
const MAX_AGE_MS = 5 * 60_000;

interface KeySet {
  find: ReturnType<typeof createLocalJWKSet>;
  askedMs: number;
}

/** All methods throw GatewayError provider_unavailable if the keys cannot be fetched. */
export interface ProviderKeys {
  /** Verifies a token. If its key is not known, the keys are fetched again. */
  verify(token: string, options: JWTVerifyOptions): Promise<JWTPayload>;
  /** Whether the provider still has the key of a token. */
  isKeyKnown(token: string): Promise<boolean>;
}

/**
 * The keys of a provider, for its ID tokens and its logout tokens.
 * @param limits.keysMs the time between two fetches; a token with an unknown key waits for the next fetch
 */
export function createProviderKeys(
  uri: string,
  { clock, limits }: { clock: Clock; limits: { keysMs: number; providerMs: number } },
): ProviderKeys {
  let known: KeySet | undefined;
  let lastMs = Number.NEGATIVE_INFINITY;
  let fetching: Promise<KeySet> | undefined;

  async function fetchKeys(): Promise<KeySet> {
    await clock.sleep(Math.min(limits.keysMs, Math.max(0, lastMs + limits.keysMs - clock.now())));
    lastMs = clock.now();
    const askedMs = lastMs;
    try {
      const answer = await fetch(uri, {
        redirect: 'error',
        signal: AbortSignal.timeout(limits.providerMs),
      });
      if (!answer.ok) throw new Error(`GET ${uri}: status ${answer.status}`);
      known = { find: parseKeySet(await answer.json()), askedMs };
      return known;
    } catch (cause) {
      throw new GatewayError('provider_unavailable', { cause });
    }
  }

  function refreshed(): Promise<KeySet> {
    fetching ??= fetchKeys().finally(() => {
      fetching = undefined;
    });
    return fetching;
  }

  async function notOlderThan(ageMs: number): Promise<KeySet> {
    return known && clock.now() - known.askedMs < ageMs ? known : refreshed();
  }

  return {
    async verify(token, options) {
      const cameMs = clock.now();
      let keys = await notOlderThan(MAX_AGE_MS);
      while (true) {
        try {
          return (await jwtVerify(token, keys.find, options)).payload;
        } catch (error) {
          // A fetch that was already under way may have been answered before the provider had the new key.
          if (keys.askedMs >= cameMs || !isOfUnknownKey(error)) throw error;
          keys = await refreshed();
        }
      }
    },

    async isKeyKnown(token) {
      const keys = await notOlderThan(limits.keysMs);
      const { alg, kid } = decodeProtectedHeader(token);
      return keys.find({ ...(alg ? { alg } : {}), ...(kid ? { kid } : {}) }).then(
        () => true,
        (error: unknown) => !(error instanceof joseErrors.JWKSNoMatchingKey),
      );
    },
  };
}

/** @throws JOSEError */
function parseKeySet(json: unknown) {
  return createLocalJWKSet(json as JSONWebKeySet);
}

/** Some providers give a new key the `kid` of the old one, or none. */
function isOfUnknownKey(error: unknown): boolean {
  return (
    error instanceof joseErrors.JWKSNoMatchingKey ||
    error instanceof joseErrors.JWSSignatureVerificationFailed
  );
}
