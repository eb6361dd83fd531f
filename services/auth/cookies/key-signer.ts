import type { KeyObject } from 'node:crypto';
import { getSignedCookies } from '@aws-sdk/cloudfront-signer';
import type { Signer } from '@cloudfront-cookie-gateway/core/policy-signer';
import {
  isKeyPair,
  OptionError,
  parseKeyPairId,
  parsePublicKey,
  parseSigningKey,
  withOptionName,
} from '@cloudfront-cookie-gateway/core/signing-key';

/**
 * Signs in this process, using AWS's own signer: ECDSA P-256 or RSA 2048, both with SHA-256. CloudFront verifies both
 * with that hash if CloudFront-Hash-Algorithm names it (certain, DG: private-content-setting-signed-cookie-custom-policy).
 * The key is parsed and checked once, here.
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
  const options = { keyPairId, privateKey: parseSdkKey(privateKey), algorithm: 'SHA256' } as const;
  return {
    async sign(policy) {
      const signed = getSignedCookies({ ...options, policy });
      return {
        policy: signed['CloudFront-Policy'] ?? '',
        signature: signed['CloudFront-Signature'],
        keyPairId,
        hashAlgorithm: 'SHA256',
      };
    },
  };
}

/**
 * The types of the SDK's signer accept only PEM, and to parse it for each signature takes longer than an ECDSA signature
 * itself. The SDK passes the key to node:crypto unchanged, so a parsed key works too.
 */
function parseSdkKey(key: KeyObject): Buffer {
  return key as unknown as Buffer;
}
