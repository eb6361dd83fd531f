import { createPublicKey, type KeyObject } from 'node:crypto';
import type { KMS } from '@aws-sdk/client-kms';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { type Signer, signedPolicy } from '@cloudfront-cookie-gateway/core/policy-signer';
import {
  OptionError,
  parseKeyPairId,
  parsePublicKey,
  withOptionName,
} from '@cloudfront-cookie-gateway/core/signing-key';

/**
 * Signs in AWS KMS, so that the private key never leaves KMS. It uses `ECDSA_SHA_256` with a key of type
 * `ECC_NIST_P256` for `SIGN_VERIFY` (https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html), since KMS
 * signs nothing with SHA-1. It needs `kms:Sign` and `kms:GetPublicKey` on the key.
 * @param options.keyId key id, key ARN, alias name or alias ARN
 * @param options.keyPairId the id that CloudFront gave the public key
 * @param options.publicKey PEM; if it is given, the key in KMS must be its other half
 * @throws OptionError if there is no id, if the key has another type, or if it is not the other
 *   half; GatewayError signing_unavailable
 */
export async function createKmsSigner(options: {
  client: Pick<KMS, 'sign' | 'getPublicKey'>;
  keyId: string;
  keyPairId: string;
  publicKey?: string;
}): Promise<Signer> {
  const { client, keyId, publicKey: pem } = options;
  const keyPairId = parseKeyPairId(options.keyPairId);
  const otherHalf = pem === undefined ? undefined : withOptionName('publicKey', () => parsePublicKey(pem));
  const publicKey = await readPublicKey(client, keyId);
  if (otherHalf && !publicKey.equals(otherHalf)) {
    throw new OptionError('publicKey', 'is not the other half of the key in KMS');
  }
  return {
    isRemote: true,
    async sign(policy) {
      const { Signature } = await answer(
        client.sign({
          KeyId: keyId,
          Message: Buffer.from(policy),
          MessageType: 'RAW',
          SigningAlgorithm: 'ECDSA_SHA_256',
        }),
      );
      if (!Signature?.length) throw new GatewayError('signing_unavailable');
      return signedPolicy(policy, Buffer.from(Signature), { keyPairId, hashAlgorithm: 'SHA256' });
    },
  };
}

async function readPublicKey(client: Pick<KMS, 'getPublicKey'>, keyId: string): Promise<KeyObject> {
  const { KeyUsage, PublicKey = [] } = await answer(client.getPublicKey({ KeyId: keyId }));
  try {
    const key = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
    if (KeyUsage === 'SIGN_VERIFY' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch {
    // A missing key gets the same error as a key of the wrong type.
  }
  throw new OptionError('keyId', 'must name a key in KMS of type ECC_NIST_P256 for SIGN_VERIFY');
}

async function answer<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (cause) {
    throw new GatewayError('signing_unavailable', { cause });
  }
}
