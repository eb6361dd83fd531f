import type { KeyObject } from 'node:crypto';
import { getSignedCookies } from '@aws-sdk/cloudfront-signer';
import type { Policy } from '../domain/policy.ts';
import type { SignedPolicy, Signer } from '../domain/ports.ts';

type SdkKey = Parameters<typeof getSignedCookies>[0]['privateKey'];

/** The SDK hands its key to node:crypto as it is: a parsed one saves a PEM parse a call, though its types miss it. */
function parseSdkKey(key: KeyObject): SdkKey {
  return key as unknown as SdkKey;
}

/** Signs with SHA-256 and a P-256 key, or, as older set-ups do, with SHA-1 and RSA. */
export function createSigner({
  keyPairId,
  privateKey,
}: {
  keyPairId: string;
  privateKey: KeyObject;
}): Signer {
  const algorithm = privateKey.asymmetricKeyType === 'ec' ? 'SHA256' : undefined;
  const sdkKey = parseSdkKey(privateKey);
  return {
    sign(policy: Policy): SignedPolicy {
      const cookies = getSignedCookies({
        policy,
        keyPairId,
        privateKey: sdkKey,
        ...(algorithm ? { algorithm } : {}),
      });
      return {
        policy: cookies['CloudFront-Policy'] ?? '',
        signature: cookies['CloudFront-Signature'],
        keyPairId,
        ...(algorithm ? { hashAlgorithm: algorithm } : {}),
      };
    },
  };
}
