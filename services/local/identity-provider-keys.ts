import { generateKeyPairSync, type JsonWebKey, randomUUID } from 'node:crypto';

/** A new signing key (RS256) for `jwks`, to be kept: ID tokens are valid as long as it is. */
export function generateIdentityProviderKeys(): { keys: JsonWebKey[] } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' }] };
}
