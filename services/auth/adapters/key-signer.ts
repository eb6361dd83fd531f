import { type KeyObject, sign } from 'node:crypto';
import { type Signer, signedPolicy } from '@cloudfront-cookie-gateway/core/policy-signer';
import {
  isKeyPair,
  OptionError,
  parseKeyPairId,
  parsePublicKey,
  parseSigningKey,
  withOptionName,
} from '@cloudfront-cookie-gateway/core/signing-key';

/**
 * Signs in this process: ECDSA P-256 with SHA-256, or RSA 2048 with SHA-1 as older set-ups do. The key is parsed and
 * checked once, here.
 * @param key.keyPairId the id that CloudFront gave the public key
 * @param key.privateKey PEM, or a key that node:crypto has parsed
 * @param key.publicKey PEM; if it is given, the private key must be its other half
 * @throws OptionError if there is no id, if CloudFront does not take the key, or if the two keys
 *   are not a pair
 */
export function createKeySigner(key: {
  keyPairId: string;
  privateKey: string | KeyObject;
  publicKey?: string;
}): Signer {
  const keyPairId = parseKeyPairId(key.keyPairId);
  const privateKey = withOptionName('privateKey', () => parseSigningKey(key.privateKey));
  const { publicKey: pem } = key;
  if (
    pem !== undefined &&
    !isKeyPair(
      privateKey,
      withOptionName('publicKey', () => parsePublicKey(pem)),
    )
  ) {
    throw new OptionError('privateKey', 'is not the other half of publicKey');
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
