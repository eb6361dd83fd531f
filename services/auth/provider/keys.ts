import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import {
  createRemoteJWKSet,
  customFetch,
  type JWTPayload,
  type JWTVerifyOptions,
  errors as joseErrors,
  jwtVerify,
} from 'jose';
import type { Clock } from '../table/clock.ts';

/**
 * Signatures that only the provider's private key can make. Algorithms with a shared secret, and `none`, are left out.
 */
export const SIGNATURE_ALGORITHMS =
  'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');
/** A key that the provider has removed is still accepted for this long. */
const MAX_AGE_MS = 5 * 60_000;

/** jose never fetches again by itself. */
const NOT_BY_ITSELF = { cooldownDuration: Number.POSITIVE_INFINITY, cacheMaxAge: Number.POSITIVE_INFINITY };

/**
 * Verifies a token. If its key is not known, the keys are fetched again.
 * @throws GatewayError provider_unavailable if the keys cannot be fetched
 */
export type VerifyJwt = (token: string, options: JWTVerifyOptions) => Promise<JWTPayload>;

/**
 * Verifies ID tokens and logout tokens with the keys of a provider. jose fetches them, and this function says when: jose
 * by itself would refuse a token with a new key until 30 seconds have passed since the last fetch.
 * @param limits.keysMs the time between two fetches; a token with an unknown key waits for the next fetch
 */
export function createKeyVerifier(
  uri: string,
  { clock, limits }: { clock: Clock; limits: { keysMs: number; providerMs: number } },
): VerifyJwt {
  /** When the last fetch began, and when the fetch began that brought the keys. */
  let lastMs = Number.NEGATIVE_INFINITY;
  let askedMs = Number.NEGATIVE_INFINITY;
  const keys = createRemoteJWKSet(new URL(uri), {
    ...NOT_BY_ITSELF,
    // It counts from the call, and a fetch waits for its turn.
    timeoutDuration: limits.keysMs + limits.providerMs,
    async [customFetch](url: string, options: RequestInit) {
      await clock.sleep(Math.min(limits.keysMs, Math.max(0, lastMs + limits.keysMs - clock.now())));
      lastMs = clock.now();
      const answer = await fetch(url, { ...options, signal: AbortSignal.timeout(limits.providerMs) });
      // The error of jose does not name the status.
      if (answer.status !== 200) throw new Error(`status ${answer.status}`);
      return answer;
    },
  });

  /** Calls at the same time share one fetch. */
  async function refresh(): Promise<void> {
    try {
      await keys.reload();
    } catch (cause) {
      throw new GatewayError('provider_unavailable', { cause: new Error(`GET ${uri}`, { cause }) });
    }
    askedMs = lastMs;
  }

  return async (token, options) => {
    const cameMs = clock.now();
    if (cameMs - askedMs >= MAX_AGE_MS) await refresh();
    while (true) {
      const triedMs = askedMs;
      try {
        return (await jwtVerify(token, keys, options)).payload;
      } catch (error) {
        // A fetch that was already under way may have been answered before the provider had the new key.
        if (triedMs >= cameMs || !isOfUnknownKey(error)) throw error;
        await refresh();
      }
    }
  };
}

/** Some providers give a new key the `kid` of the old one, or none. */
function isOfUnknownKey(error: unknown): boolean {
  return (
    error instanceof joseErrors.JWKSNoMatchingKey ||
    error instanceof joseErrors.JWSSignatureVerificationFailed
  );
}
