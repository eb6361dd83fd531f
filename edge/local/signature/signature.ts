import { type KeyObject, verify } from 'node:crypto';
import type { Assumptions } from '../assumptions.ts';
import { createRecentlyUsed } from '../recently-used.ts';
import { type Reason, Refusal, xmlRefusal } from '../viewer/answer.ts';
import type { ViewerRequest } from '../viewer/viewer-request.ts';
import {
  cannedPolicyText,
  type Policy,
  type PolicyClause,
  type PolicyFault,
  parsePolicy,
  refusingClause,
} from './policy-statement.ts';
import {
  type Credential,
  oneSetEach,
  readCredential,
  shownKeyPairId,
  withoutQueryValues,
} from './signing-parameters.ts';

/**
 * The third step: CloudFront's own check of signed URLs and signed cookies.
 * @throws Refusal 403 worded as CloudFront words it
 */
export type SignatureCheck = (viewer: ViewerRequest) => void;

/** The most verified policies that are kept, and a rough size of each besides its texts. */
const MAX_REMEMBERED = { count: 10_000, bytes: 16 * 1_024 * 1_024 };
const OVERHEAD_BYTES = 512;

/** A policy whose signature is good. With another key, hash or text the signature says nothing. */
interface Verified {
  keyPairId: string | undefined;
  hash: string;
  kind: string;
  text: string;
  policy: Policy;
}

export function createSignatureCheck(
  trustedKeys: ReadonlyMap<string, KeyObject>,
  { now, assumptions }: { now: () => number; assumptions: Assumptions },
): SignatureCheck {
  const verifiedPolicy = createPolicyReader(assumptions);

  /** @throws Refusal 403 */
  function checkOne(viewer: ViewerRequest): void {
    const credential = readCredential(viewer, assumptions);
    const { keyPairId, url, kind } = credential;
    if (!keyPairId)
      throw xmlRefusal('MissingKey', 'Missing Key-Pair-Id query parameter or cookie value', {
        clause: 'missing_key',
      });
    const key = trustedKeys.get(keyPairId);
    if (!key)
      throw xmlRefusal('InvalidKey', 'Unknown Key', {
        clause: 'unknown_key',
        required: [...trustedKeys.keys()].join(', '),
        given: shownKeyPairId(keyPairId),
      });
    const policy = verifiedPolicy(credential, key);
    const asked = { url, kind, ipAddress: viewer.ipAddress };
    const nowMs = now();
    const clause = refusingClause(policy, asked, Math.floor(nowMs / 1_000), assumptions);
    if (clause) throw accessDenied(clause, bothSides(clause, policy, asked, nowMs));
  }

  function opens(viewer: ViewerRequest): boolean {
    try {
      checkOne(viewer);
      return true;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  }

  return (viewer) => {
    if (assumptions.fittingSet && oneSetEach(viewer).some(opens)) return;
    checkOne(viewer);
  };
}

/** The reader throws Refusal 403 unless the signature of a policy is good. */
function createPolicyReader(assumptions: Assumptions): (credential: Credential, key: KeyObject) => Policy {
  const remembered = createRecentlyUsed<Verified>(MAX_REMEMBERED);
  return (credential, key) => {
    const { keyPairId, rawPolicy, rawExpires, rawSignature, hashAlgorithm, url } = credential;
    const hash = hashOf(hashAlgorithm, assumptions);
    const kind = rawPolicy === undefined ? 'canned' : 'custom';
    const text = rawPolicy ?? cannedPolicyText(url, rawExpires ?? '');
    const known = remembered.get(rawSignature ?? '');
    const isSame = known?.keyPairId === keyPairId && known?.hash === hash && known?.kind === kind;
    if (known && isSame && known.text === text) return known.policy;
    // CloudFront's words for a missing signature or policy are not known.
    if (rawSignature === undefined) throw accessDenied('missing_signature');
    if (rawPolicy === undefined && rawExpires === undefined) throw accessDenied('missing_policy');
    if (!isBase64(rawSignature) || rawSignature === '')
      throw xmlRefusal('MalformedSignature', 'Could not unencode Signature', {
        clause: 'undecodable_signature',
      });
    if (kind === 'canned' && !/^[1-9]\d{0,9}$/.test(rawExpires ?? '')) throw malformedPolicy('DateLessThan');
    if (hash === undefined)
      throw accessDenied('hash_algorithm', { required: 'SHA1 or SHA256', given: 'another value' });
    if (kind === 'custom' && !isBase64(text)) throw malformedPolicy('base64');
    const bytes = kind === 'custom' ? decode(text) : Buffer.from(text);
    const policy = parsePolicy(bytes, assumptions);
    if (typeof policy === 'string') throw malformedPolicy(policy);
    const signature = decode(rawSignature);
    if (!verify(hash, bytes, key, signature)) throw wrongSignature(hash, bytes, key, signature);
    const found = assumptions.caseIgnored ? withLowerHost(policy) : policy;
    // A part of a header keeps the whole header in memory. A copy does not.
    const [id, copy] = [rawSignature, text].map((one) => Buffer.from(one, 'latin1').toString('latin1'));
    const entry = { keyPairId, hash, kind, text: copy ?? '', policy: found };
    // The policy holds a second copy of its Resource.
    remembered.set(id ?? '', entry, rawSignature.length + 2 * text.length + OVERHEAD_BYTES);
    return found;
  };
}

const HASHES = new Map([
  ['SHA1', 'sha1'],
  ['SHA256', 'sha256'],
]);

/** SHA-1 if the parameter is missing. */
function hashOf(hashAlgorithm: string | undefined, { caseIgnored }: Assumptions): string | undefined {
  if (hashAlgorithm === undefined) return 'sha1';
  return HASHES.get(caseIgnored ? hashAlgorithm.toUpperCase() : hashAlgorithm);
}

/** CloudFront's own base64: `-` for `+`, `_` for `=`, `~` for `/`. */
function isBase64(raw: string): boolean {
  return /^[A-Za-z0-9~-]*_{0,2}$/.test(raw);
}

function decode(raw: string): Buffer {
  return Buffer.from(raw.replaceAll('-', '+').replaceAll('~', '/').replaceAll('_', '='), 'base64');
}

function withLowerHost(policy: Policy): Policy {
  if (policy.resource === undefined) return policy;
  const resource = policy.resource.replace(/:\/\/[^/]*/, (host) => host.toLowerCase());
  return { ...policy, resource };
}

function accessDenied(clause: string, sides: Omit<Reason, 'clause'> = {}): Refusal {
  return xmlRefusal('AccessDenied', 'Access denied', { clause, ...sides });
}

function malformedPolicy(fault: PolicyFault | 'base64'): Refusal {
  return xmlRefusal('MalformedPolicy', 'Malformed Policy', { clause: 'malformed_policy', given: fault });
}

/** Looks for the hash that would have been right: people most often get the hash wrong. */
function wrongSignature(hash: string, bytes: Buffer, key: KeyObject, signature: Buffer): Refusal {
  for (const [marker, other] of HASHES) {
    if (verify(other, bytes, key, signature))
      return accessDenied('hash_algorithm', { required: marker, given: hash.toUpperCase() });
  }
  return accessDenied('signature');
}

function bothSides(
  clause: PolicyClause,
  { lessThanEpoch, greaterThanEpoch = 0, sourceIp, resource = '' }: Policy,
  asked: { url: string; ipAddress: string },
  nowMs: number,
): Omit<Reason, 'clause'> {
  const clock = new Date(nowMs).toISOString();
  if (clause === 'expired') return { required: `before ${isoTime(lessThanEpoch)}`, given: clock };
  if (clause === 'not_yet_valid') return { required: `after ${isoTime(greaterThanEpoch)}`, given: clock };
  if (clause === 'ip_address') return { required: sourceIp?.text ?? '', given: asked.ipAddress };
  return { required: withoutQueryValues(resource), given: withoutQueryValues(asked.url) };
}

function isoTime(epochSeconds: number): string {
  return new Date(epochSeconds * 1_000).toISOString();
}
