import { type KeyObject, verify } from 'node:crypto';
import { xmlRefusal } from './answer.ts';
import { type Credential, readCredential } from './credential.ts';
import { allows, cannedPolicyText, type Policy, parsePolicy } from './policy.ts';
import type { ViewerRequest } from './viewer-request.ts';

/** How many policies are kept whose signature has been found good. */
const MAX_REMEMBERED = 1_000;

const malformedPolicy = () => xmlRefusal('MalformedPolicy', 'Malformed Policy');
const malformedSignature = () => xmlRefusal('MalformedSignature', 'Could not unencode Signature');
const accessDenied = () => xmlRefusal('AccessDenied', 'Access denied');

/**
 * The third room: CloudFront's own check of signed URLs and signed cookies, on the raw URL. The check throws a
 * Refusal (403) worded as CloudFront words it.
 */
export function createSignatureCheck(
  trustedKeys: ReadonlyMap<string, KeyObject>,
  now: () => number,
): (viewer: ViewerRequest) => void {
  const remembered = new Map<string, Policy>();

  function verifiedPolicy(credential: Credential, key: KeyObject): Policy {
    const { keyPairId, rawPolicy, rawExpires, rawSignature, hashAlgorithm, url } = credential;
    const signature = rawSignature === undefined ? undefined : decode(rawSignature);
    // CloudFront's words for a signature or policy that is missing are not known.
    if (rawSignature === undefined || (rawPolicy === undefined && rawExpires === undefined)) {
      throw accessDenied();
    }
    if (!signature || signature.length === 0) throw malformedSignature();
    if (rawExpires !== undefined && !/^[1-9]\d{0,9}$/.test(rawExpires)) throw malformedPolicy();
    const hash = HASHES.get(hashAlgorithm);
    if (hash === undefined) throw accessDenied();
    const signed = rawPolicy === undefined ? cannedPolicyText(url, rawExpires ?? '') : rawPolicy;
    const memory = [keyPairId, hash, rawSignature, signed].join('|');
    const known = remembered.get(memory);
    if (known) {
      remembered.delete(memory);
      remembered.set(memory, known);
      return known;
    }
    const bytes = rawPolicy === undefined ? Buffer.from(signed) : decode(rawPolicy);
    const policy = bytes && parsePolicy(bytes);
    if (!bytes || !policy) throw malformedPolicy();
    if (!verify(hash, bytes, key, signature)) throw accessDenied();
    remembered.set(memory, policy);
    const [oldest] = remembered.keys();
    if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    return policy;
  }

  return (viewer) => {
    const credential = readCredential(viewer);
    if (!credential.keyPairId) {
      throw xmlRefusal('MissingKey', 'Missing Key-Pair-Id query parameter or cookie value');
    }
    const key = trustedKeys.get(credential.keyPairId);
    if (!key) throw xmlRefusal('InvalidKey', 'Unknown Key');
    const policy = verifiedPolicy(credential, key);
    const asked = { url: credential.url, kind: credential.kind, ipAddress: viewer.ipAddress };
    if (!allows(policy, asked, Math.floor(now() / 1_000))) throw accessDenied();
  };
}

/** Absent means SHA-1. Whether CloudFront takes another case is not known, so this does not. */
const HASHES = new Map<string | undefined, string>([
  [undefined, 'sha1'],
  ['SHA1', 'sha1'],
  ['SHA256', 'sha256'],
]);

/** CloudFront's own base64: `-` for `+`, `_` for `=`, `~` for `/`. */
function decode(raw: string): Buffer | undefined {
  if (!/^[A-Za-z0-9~-]*_{0,2}$/.test(raw)) return undefined;
  return Buffer.from(raw.replaceAll('-', '+').replaceAll('~', '/').replaceAll('_', '='), 'base64');
}
