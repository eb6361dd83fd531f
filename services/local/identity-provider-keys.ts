import { generateKeyPairSync, type JsonWebKey, randomUUID } from 'node:crypto';

/** A new signing key (RS256) for `jwks`. Keep it: ID tokens are valid only as long as the key exists. */
export function generateIdentityProviderKeys(): { keys: JsonWebKey[] } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' }] };
}
