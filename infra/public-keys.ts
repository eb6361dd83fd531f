import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { parsePublicKey } from '../core/signing-key.ts';
import type { ReportFault } from './value-reader.ts';

/** A public key of the trusted key group. */
export interface PublicKeyValue {
  /** Letters, digits, `-` and `_`: the name by which people know the key. */
  name: string;
  /** SubjectPublicKeyInfo as PEM: RSA 2048 or ECDSA P-256. */
  pem: string;
}

/**
 * Reads the keys, and brings each PEM into the one spelling that node:crypto gives it. Another line ending would be
 * another key to CloudFormation.
 */
export function readPublicKeys(raw: unknown, fault: ReportFault): PublicKeyValue[] {
  if (raw === undefined) {
    fault('publicKeys', 'is missing: a list of 1 to 5 { name, pem }, which npm run deploy makes', 'missing');
    return [];
  }
  if (!Array.isArray(raw) || raw.length < 1 || raw.length > 5) {
    fault('publicKeys', 'must be a list of 1 to 5 { name, pem }: a key group takes no more');
    return [];
  }
  const names = new Set<unknown>();
  return raw.map((key: { name?: unknown; pem?: unknown } | null, index) => {
    const name = key?.name;
    if (typeof name !== 'string' || !/^[A-Za-z0-9_-]{1,128}$/.test(name)) {
      fault(`publicKeys[${index}].name`, 'must be letters, digits, - and _');
    } else if (names.has(name)) {
      fault(`publicKeys[${index}].name`, 'is that of another key');
    }
    names.add(name);
    const pem = normalisedPem(key?.pem);
    if (pem === undefined) {
      fault(`publicKeys[${index}].pem`, 'must be a public key as PEM, RSA 2048 or ECDSA P-256');
    }
    return { name: String(name), pem: pem ?? '' };
  });
}

/**
 * The key's name in CloudFront and in CloudFormation's ids: the name and a fingerprint. CloudFormation cannot replace
 * the PEM of a key, so another PEM must be another resource.
 */
export function publicKeyId({ name, pem }: PublicKeyValue): string {
  const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  return `${name.slice(0, 64)}-${createHash('sha256').update(spki).digest('hex').slice(0, 8)}`;
}

function normalisedPem(pem: unknown): string | undefined {
  // Nothing may follow the key, such as the private key: the whole text is in the template.
  if (
    typeof pem !== 'string' ||
    !/^\s*-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----\s*$/.test(pem)
  ) {
    return undefined;
  }
  let key: KeyObject;
  try {
    key = parsePublicKey(pem);
  } catch {
    return undefined;
  }
  return key.export({ type: 'spki', format: 'pem' }).toString();
}
