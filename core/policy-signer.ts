import type { Policy } from './policy.ts';

/** The parts of a signed cookie or URL, in CloudFront's own base64 variant. */
export interface SignedPolicy {
  policy: string;
  signature: string;
  keyPairId: string;
  /** Each signer of this project sets it. If it is absent, CloudFront assumes SHA-1. */
  hashAlgorithm?: 'SHA256';
}

/** The signing key, wherever the key is. */
export interface Signer {
  /** @throws GatewayError signing_unavailable */
  sign(policy: Policy): Promise<SignedPolicy>;
  /** A signature costs a call and money, so a session's cookies are signed once for each renewal. */
  isRemote?: true;
}

/** Makes the parts of a signed cookie or URL from a policy and the signature over exactly its bytes. */
export function signedPolicy(
  policy: Policy,
  signature: Buffer,
  key: { keyPairId: string; hashAlgorithm?: 'SHA256' },
): SignedPolicy {
  return { policy: encode(Buffer.from(policy)), signature: encode(signature), ...key };
}

/** Standard base64 with three characters replaced (DG: private-content-linux-openssl). It is not base64url. */
function encode(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}
