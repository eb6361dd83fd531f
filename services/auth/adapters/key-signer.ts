import { type KeyObject, sign } from 'node:crypto';
import type { Signer } from '../domain/ports.ts';
import { signedPolicy } from '../domain/signed-policy.ts';
import { isKeyPair, parsePublicKey, parseSigningKey } from '../domain/signing-key.ts';

/**
 * Signs in this process: ECDSA P-256 with SHA-256, or, as older set-ups do, RSA 2048 with SHA-1. The key is parsed and
 * checked once, here.
 * @param key.keyPairId the id that CloudFront gave the public key
 * @param key.privateKey PEM, or a key that node:crypto has parsed
 * @param key.publicKey PEM; where it is given, the private key must be its other half
 * @throws TypeError where CloudFront takes no such key, or the two are no pair
 */
export function createKeySigner(key: {
  keyPairId: string;
  privateKey: string | KeyObject;
  publicKey?: string;
}): Signer {
  const { keyPairId } = key;
  const privateKey = parseSigningKey(key.privateKey);
  if (key.publicKey !== undefined && !isKeyPair(privateKey, parsePublicKey(key.publicKey))) {
    throw new TypeError('the private key is not the other half of the public key');
  }
  const isEc = privateKey.asymmetricKeyType === 'ec';
  const digest = isEc ? 'sha256' : 'sha1';
  return {
    async sign(policy) {
      return signedPolicy(policy, sign(digest, Buffer.from(policy), privateKey), {
        keyPairId,
        ...(isEc ? { hashAlgorithm: 'SHA256' } : {}),
      });
    },
  };
}
