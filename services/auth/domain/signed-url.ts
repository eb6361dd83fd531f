import type { EpochSeconds } from './epoch-seconds.ts';
import { fileUrlPolicy } from './policy.ts';
import type { Signer } from './ports.ts';

/** A key that no longer signs is kept for as long as a URL that it signed may live. */
export const MAX_URL_SECONDS = 7 * 24 * 60 * 60;

/**
 * A signed URL with a canned policy: one file, until it expires
 * (DG: private-content-creating-signed-url-canned-policy).
 * @throws TypeError where the URL holds `*`, which a policy reads as a wildcard
 * @param url absolute and percent-encoded; it is signed and sent byte for byte as it stands here
 */
export async function signedUrl(url: string, expiresAt: EpochSeconds, signer: Signer): Promise<string> {
  const { signature, keyPairId, hashAlgorithm } = await signer.sign(fileUrlPolicy(url, expiresAt));
  const parameters = [`Expires=${expiresAt}`, `Signature=${signature}`, `Key-Pair-Id=${keyPairId}`];
  if (hashAlgorithm) parameters.push(`Hash-Algorithm=${hashAlgorithm}`);
  return `${url}${url.includes('?') ? '&' : '?'}${parameters.join('&')}`;
}
