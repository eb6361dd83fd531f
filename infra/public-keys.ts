import { createHash, createPublicKey } from 'node:crypto';
import { parsePublicKey } from '@cloudfront-cookie-gateway/core/signing-key';
import type { PublicKeyValue } from './values-schema.ts';

export type { PublicKeyValue };

/**
 * The key with the one spelling of its PEM that node:crypto gives it. Another line ending would be another key to
 * CloudFormation.
 */
export function oneSpelling({ name, pem }: PublicKeyValue): PublicKeyValue {
  return { name, pem: parsePublicKey(pem).export({ type: 'spki', format: 'pem' }).toString() };
}

/**
 * The key's name in CloudFront and in CloudFormation's ids: the name and a fingerprint. CloudFormation cannot replace
 * the PEM of a key, so another PEM must be another resource.
 */
export function publicKeyId({ name, pem }: PublicKeyValue): string {
  const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  return `${name.slice(0, 64)}-${createHash('sha256').update(spki).digest('hex').slice(0, 8)}`;
}
