import { fileUrlPolicy } from './policy.ts';
import type { Signer } from './ports.ts';

/**
 * A signed URL with a canned policy: one file, until it expires
 * (DG: private-content-creating-signed-url-canned-policy).
 * @param url absolute and percent-encoded; it is signed and sent byte for byte as it stands here
 */
export function signedUrl(url: string, expiresAtEpoch: number, signer: Signer): string {
  const { signature, keyPairId, hashAlgorithm } = signer.sign(fileUrlPolicy(url, expiresAtEpoch));
  const parameters = [`Expires=${expiresAtEpoch}`, `Signature=${signature}`, `Key-Pair-Id=${keyPairId}`];
  if (hashAlgorithm) parameters.push(`Hash-Algorithm=${hashAlgorithm}`);
  return `${url}${url.includes('?') ? '&' : '?'}${parameters.join('&')}`;
}
