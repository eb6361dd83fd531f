import type { Policy } from './policy.ts';

/** The parts of a signed cookie or URL, in CloudFront's own base64 variant. */
export interface SignedPolicy {
  policy: string;
  signature: string;
  keyPairId: string;
  /** Set where SHA-256 was used; CloudFront takes its absence for SHA-1. */
  hashAlgorithm?: 'SHA256';
}

/** The parts of a signed cookie or URL from a policy and the signature over its very bytes. */
export function signedPolicy(
  policy: Policy,
  signature: Buffer,
  key: { keyPairId: string; hashAlgorithm?: 'SHA256' },
): SignedPolicy {
  return { policy: encode(Buffer.from(policy)), signature: encode(signature), ...key };
}

/** Standard base64 with three characters replaced (DG: private-content-linux-openssl); not base64url. */
function encode(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}
