import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/**
 * Parses a private key that CloudFront takes (DG: private-content-trusted-signers): ECDSA P-256 or RSA 2048.
 * @param rawKey PEM, or a key that node:crypto has parsed
 * @throws TypeError; its message quotes nothing of the key
 */
export function parseSigningKey(rawKey: string | KeyObject): KeyObject {
  return parseKey('private', () => (typeof rawKey === 'string' ? createPrivateKey(rawKey) : rawKey));
}

/**
 * Parses the public half in the form that CloudFront gets: SubjectPublicKeyInfo as PEM.
 * @throws TypeError if CloudFront does not take the key
 */
export function parsePublicKey(pem: string): KeyObject {
  return parseKey('public', () => {
    // node:crypto would derive the public key from a private one.
    if (!pem.trimStart().startsWith('-----BEGIN PUBLIC KEY-----')) throw new TypeError('no public key');
    return createPublicKey(pem);
  });
}

/** Whether the public key belongs to the private key. */
export function isKeyPair(privateKey: KeyObject, publicKey: KeyObject): boolean {
  return createPublicKey(privateKey).equals(publicKey);
}

/** An option that cannot be used. The fault goes on after the name of the option, and quotes nothing of it. */
export class OptionError extends TypeError {
  readonly option: string;
  readonly fault: string;

  constructor(option: string, fault: string, options?: ErrorOptions) {
    super(`${option} ${fault}`, options);
    this.option = option;
    this.fault = fault;
  }
}

/** @throws OptionError */
export function withOptionName<T>(option: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new OptionError(option, cause instanceof Error ? cause.message : 'cannot be read', { cause });
  }
}

/** @throws OptionError if there is no id: CloudFront would refuse every cookie */
export function parseKeyPairId(rawId: string): string {
  if (typeof rawId === 'string' && rawId !== '') return rawId;
  throw new OptionError(
    'keyPairId',
    'must be the id that CloudFront gave the public key, such as K2JCJMDEHXQW5F',
  );
}

function parseKey(kind: 'private' | 'public', read: () => KeyObject): KeyObject {
  const wanted = `must be a ${kind} key as PEM, ECDSA P-256 or RSA 2048`;
  let key: KeyObject | undefined;
  try {
    key = read();
  } catch {
    // The error of node:crypto may quote the input.
  }
  if (key?.type !== kind) throw new TypeError(`${wanted}: it cannot be read as one`);
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'ec' && details?.namedCurve === 'prime256v1') return key;
  if (key.asymmetricKeyType === 'rsa' && details?.modulusLength === 2048) return key;
  throw new TypeError(`${wanted}: CloudFront takes no other type of key`);
}
