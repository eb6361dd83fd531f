import type { KeyObject } from 'node:crypto';
import { isKeyPair, parsePublicKey, parseSigningKey } from '@cloudfront-cookie-gateway/core/signing-key';
import type { ReportFault } from './schema.ts';

/** The private key is in exactly one place. */
export type SigningConfig = { keyPairId: string; publicKey?: string } & (
  | { privateKey: KeyObject }
  | { kmsKeyId: string }
);

/**
 * The settings of the signing key.
 * @param fault takes what is wrong with them
 */
export function parseSigning(
  values: {
    KEY_PAIR_ID?: string;
    SIGNING_KEY?: string;
    SIGNING_KMS_KEY_ID?: string;
    SIGNING_PUBLIC_KEY?: string;
  },
  fault: ReportFault,
): SigningConfig | undefined {
  const { SIGNING_KEY: pem, SIGNING_KMS_KEY_ID: kmsKeyId, SIGNING_PUBLIC_KEY: publicKey } = values;
  if (!pem && !kmsKeyId) {
    fault(
      'SIGNING_KEY',
      'is missing: a private key as PEM, ECDSA P-256 or RSA 2048 (or SIGNING_KEY_FILE, a path, or SIGNING_KMS_KEY_ID, a key in AWS KMS)',
    );
  }
  if (pem && kmsKeyId)
    fault('SIGNING_KEY', 'must not be set together with SIGNING_KMS_KEY_ID: one key signs');
  const read = (name: string, parse: () => KeyObject): KeyObject | undefined => {
    try {
      return parse();
    } catch (error) {
      fault(name, error instanceof Error ? error.message : 'cannot be read');
      return undefined;
    }
  };
  const publicHalf = publicKey ? read('SIGNING_PUBLIC_KEY', () => parsePublicKey(publicKey)) : undefined;
  const common = { keyPairId: values.KEY_PAIR_ID ?? '', ...(publicKey ? { publicKey } : {}) };
  if (kmsKeyId) return { ...common, kmsKeyId };
  const privateKey = pem ? read('SIGNING_KEY', () => parseSigningKey(pem)) : undefined;
  if (!privateKey) return undefined;
  if (publicHalf && !isKeyPair(privateKey, publicHalf)) {
    fault('SIGNING_KEY', 'is not the other half of SIGNING_PUBLIC_KEY');
  }
  return { ...common, privateKey };
}
