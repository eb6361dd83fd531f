import type { EpochSeconds } from './epoch-seconds.ts';
import { GatewayError } from './errors.ts';
import type { Ipv4Range } from './ipv4-range.ts';
import { fileUrlPolicy } from './policy.ts';
import type { SignedPolicy, Signer } from './policy-signer.ts';

/** The longest URL that CloudFront takes (DG: cloudfront-limits). */
const MAX_URL_BYTES = 8_192;

/**
 * A signed URL with a canned policy: one file, until the URL expires (DG:
 * private-content-creating-signed-url-canned-policy).
 * @throws TypeError if the URL holds a wildcard of policies
 * @param url absolute and percent-encoded; it is signed and sent byte for byte
 */
export async function signedUrl(url: string, expiresAt: EpochSeconds, signer: Signer): Promise<string> {
  const signed = await signer.sign(fileUrlPolicy(url, expiresAt));
  return withParameters(url, `Expires=${expiresAt}`, signed);
}

/**
 * A signed URL with a custom policy, which is a part of the URL (DG:
 * private-content-creating-signed-url-custom-policy).
 * @throws TypeError as above; GatewayError invalid_name if the URL gets too long for CloudFront, signing_unavailable
 */
export async function signedCustomUrl(
  url: string,
  conditions: { expiresAt: EpochSeconds; sourceIp?: Ipv4Range | undefined },
  signer: Signer,
): Promise<string> {
  const signed = await signer.sign(fileUrlPolicy(url, conditions.expiresAt, conditions.sourceIp));
  const whole = withParameters(url, `Policy=${signed.policy}`, signed);
  if (whole.length > MAX_URL_BYTES) {
    throw new GatewayError('invalid_name', {
      detail: 'With these names the address gets too long for CloudFront.',
    });
  }
  return whole;
}

function withParameters(url: string, first: string, signed: SignedPolicy): string {
  const { signature, keyPairId, hashAlgorithm } = signed;
  const parameters = [first, `Signature=${signature}`, `Key-Pair-Id=${keyPairId}`];
  if (hashAlgorithm) parameters.push(`Hash-Algorithm=${hashAlgorithm}`);
  return `${url}${url.includes('?') ? '&' : '?'}${parameters.join('&')}`;
}
